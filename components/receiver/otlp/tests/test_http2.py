"""OTLP over HTTP/2: by prior knowledge, and chosen in TLS."""

import asyncio
import ssl

import httpx
import pytest
import trustme

from penstock_api import Signal
from penstock_testkit import RecordingConsumer, make_settings, running, traces

HEADERS = {"content-type": "application/x-protobuf"}
EXPORT = "/v1/traces"


def client(server, **options):
    return httpx.AsyncClient(base_url=server.web.base_url, http1=False, http2=True, **options)


async def test_a_request_by_prior_knowledge_is_taken(otlp):
    async with otlp(http={"response_headers": {"x-by": "penstock"}}) as server, client(server) as web:
        replies = [await web.post(EXPORT, content=traces(3).to_bytes(), headers=HEADERS) for _ in range(3)]
        assert [(one.http_version, one.status_code, one.content) for one in replies] == [
            ("HTTP/2", 200, b"")
        ] * 3
        assert replies[0].headers["x-by"] == "penstock"
        assert "date" in replies[0].headers
        assert server.sink.items == 9
        assert (await web.get(EXPORT)).status_code == 405
        assert (await web.post("/other")).status_code == 404


async def test_a_body_that_is_too_large_is_told_as_over_http_1(otlp):
    async with otlp(http={"max_request_body_size": 1000}) as server, client(server) as web:
        reply = await web.post(EXPORT, content=bytes(1001), headers=HEADERS)
        assert reply.status_code == 400
        assert b"request body is larger than 1000 bytes" in reply.content
        assert (await web.post(EXPORT, content=traces(1).to_bytes(), headers=HEADERS)).status_code == 200


async def test_many_requests_at_a_time_share_a_connection(otlp):
    body = traces(2).to_bytes()
    async with otlp() as server, client(server) as web:
        replies = await asyncio.gather(*(web.post(EXPORT, content=body, headers=HEADERS) for _ in range(50)))
        assert {one.status_code for one in replies} == {200}
        assert server.sink.items == 100


@pytest.mark.parametrize(("http2", "version"), [(True, "HTTP/2"), (False, "HTTP/1.1")])
async def test_the_version_is_chosen_in_tls(make, http2, version):
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    pems = {
        "cert_pem": b"".join(one.bytes() for one in issued.cert_chain_pems).decode(),
        "key_pem": issued.private_key_pem.bytes().decode(),
    }
    context, sink = ssl.create_default_context(), RecordingConsumer()
    authority.configure_trust(context)
    protocols = {"http": {"endpoint": "localhost:0", "tls": pems}}
    receiver = make(make_settings("receiver", "otlp"), protocols, {Signal.TRACES: sink})
    async with running(receiver), httpx.AsyncClient(http2=http2, verify=context) as web:
        url = f"https://localhost:{receiver.addresses['http'][1]}{EXPORT}"
        reply = await web.post(url, content=traces(1).to_bytes(), headers=HEADERS)
    assert (reply.http_version, reply.status_code, sink.items) == (version, 200, 1)
