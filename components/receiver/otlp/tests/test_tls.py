"""TLS, and clients that must present a certificate."""

import asyncio
import contextlib
import ssl

import grpc
import httpx
import pytest
import trustme

from penstock_api import Signal, StartError
from penstock_testkit import RecordingConsumer, make_settings, running, traces

BOTH_LOOPS = True
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
HEADERS = {"content-type": "application/x-protobuf"}


class Papers:
    """An authority, and the files of a server certificate it issued."""

    def __init__(self, folder):
        self.ca = trustme.CA()
        self.server = self.ca.issue_cert("localhost", "127.0.0.1")
        self.client = self.ca.issue_cert("client@example.com")
        self.key = folder / "key.pem"
        self.cert = folder / "cert.pem"
        self.authority = folder / "ca.pem"
        self.server.private_key_pem.write_to_path(self.key)
        for blob in self.server.cert_chain_pems:
            blob.write_to_path(self.cert, append=True)
        self.ca.cert_pem.write_to_path(self.authority)

    @property
    def tls(self):
        return {"cert_file": str(self.cert), "key_file": str(self.key)}

    @property
    def mutual(self):
        return self.tls | {"client_ca_file": str(self.authority)}

    def context(self, *, present=False, **versions):
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        if present:
            self.client.configure_cert(context)
        for name, value in versions.items():
            setattr(context, name, value)
        return context

    def credentials(self, *, present=False):
        root = self.ca.cert_pem.bytes()
        if not present:
            return grpc.ssl_channel_credentials(root)
        chain = b"".join(blob.bytes() for blob in self.client.cert_chain_pems)
        return grpc.ssl_channel_credentials(root, self.client.private_key_pem.bytes(), chain)


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def serve(make):
    """A receiver with `tls` on both protocols, and its sink."""

    def made(tls, protocols=("grpc", "http")):
        sink = RecordingConsumer()
        sections = {name: {"endpoint": "localhost:0", "tls": tls} for name in protocols}
        return make(make_settings("receiver", "otlp"), sections, {Signal.TRACES: sink}), sink

    return made


async def send_http(receiver, context):
    async with httpx.AsyncClient(verify=context) as web:
        url = f"https://localhost:{receiver.addresses['http'][1]}/v1/traces"
        return (await web.post(url, content=traces(1).to_bytes(), headers=HEADERS)).status_code


async def send_grpc(receiver, credentials):
    async with grpc.aio.secure_channel(f"localhost:{receiver.addresses['grpc'][1]}", credentials) as channel:
        return await channel.unary_unary(EXPORT)(traces(1).to_bytes(), timeout=5)


async def greeted(receiver, protocol, context):
    """What is agreed on with a server: the version of TLS, and the protocol spoken over it."""
    port = receiver.addresses[protocol][1]
    _, writer = await asyncio.open_connection("localhost", port, ssl=context)
    secure = writer.get_extra_info("ssl_object")
    found = {"version": secure.version(), "protocol": secure.selected_alpn_protocol()}
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return found


async def test_both_protocols_speak_tls(serve, papers):
    receiver, sink = serve(papers.tls)
    async with running(receiver):
        assert await send_http(receiver, papers.context()) == 200
        assert await send_grpc(receiver, papers.credentials()) == b""
    assert sink.items == 2


async def test_certificate_and_key_can_stand_in_the_configuration(serve, papers):
    receiver, sink = serve({"cert_pem": papers.cert.read_text(), "key_pem": papers.key.read_text()})
    async with running(receiver):
        assert await send_http(receiver, papers.context()) == 200
        assert await send_grpc(receiver, papers.credentials()) == b""
    assert sink.items == 2


async def test_a_client_without_certificate_is_refused_where_one_is_needed(serve, papers):
    receiver, sink = serve(papers.mutual)
    async with running(receiver):
        with pytest.raises(httpx.TransportError):
            await send_http(receiver, papers.context())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await send_grpc(receiver, papers.credentials())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert sink.offered == []
        assert await send_http(receiver, papers.context(present=True)) == 200
        assert await send_grpc(receiver, papers.credentials(present=True)) == b""
    assert sink.items == 2


async def test_a_client_of_another_authority_is_refused(serve, papers, tmp_path):
    stranger = Papers(tmp_path)
    receiver, sink = serve(papers.mutual, ["http"])
    context = papers.context()
    stranger.client.configure_cert(context)
    async with running(receiver):
        with pytest.raises(httpx.TransportError):
            await send_http(receiver, context)
    assert sink.offered == []


async def test_versions_can_be_chosen(serve, papers):
    receiver, sink = serve(papers.tls | {"min_version": "1.2", "max_version": "1.2"})
    new = papers.context(minimum_version=ssl.TLSVersion.TLSv1_3)
    async with running(receiver):
        with pytest.raises(httpx.TransportError):
            await send_http(receiver, new)
        for protocol in ("grpc", "http"):
            assert (await greeted(receiver, protocol, papers.context()))["version"] == "TLSv1.2"
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await greeted(receiver, protocol, new)
        assert await send_grpc(receiver, papers.credentials()) == b""
    assert sink.items == 1


@pytest.mark.parametrize(
    ("protocol", "offered", "chosen"),
    [("grpc", ["h2"], "h2"), ("http", ["h2", "http/1.1"], "h2"), ("http", ["http/1.1"], "http/1.1")],
)
async def test_the_protocol_is_negotiated(serve, papers, protocol, offered, chosen):
    receiver, _ = serve(papers.tls)
    context = papers.context()
    context.set_alpn_protocols(offered)
    async with running(receiver):
        assert (await greeted(receiver, protocol, context))["protocol"] == chosen


async def test_new_certificates_are_used_by_new_connections_and_old_ones_go_on(make, tmp_path):
    first = Papers(tmp_path)
    settings, sink = make_settings("receiver", "otlp"), RecordingConsumer()
    section = {"endpoint": "localhost:0", "tls": first.mutual | {"reload_interval": "1m"}}
    receiver = make(settings, {"grpc": section, "http": section}, {Signal.TRACES: sink})
    async with running(receiver, clock=settings.clock):
        url = f"https://localhost:{receiver.addresses['http'][1]}/v1/traces"
        async with httpx.AsyncClient(verify=first.context(present=True)) as kept:
            assert (await kept.post(url, content=traces(1).to_bytes(), headers=HEADERS)).status_code == 200
            first.cert.unlink()
            second = Papers(tmp_path)
            await settings.clock.advance(60)
            assert await send_http(receiver, second.context(present=True)) == 200
            assert await send_grpc(receiver, second.credentials(present=True)) == b""
            assert (await kept.post(url, content=traces(1).to_bytes(), headers=HEADERS)).status_code == 200
        with pytest.raises(httpx.TransportError):
            await send_http(receiver, first.context(present=True))
    assert sink.items == 4


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_files_that_cannot_be_used_are_named(serve, papers, tmp_path, protocol):
    missing = papers.tls | {"key_file": str(tmp_path / "none.pem")}
    with pytest.raises(StartError, match=r"`tls\.key_file` cannot be read: .*none\.pem: No such file"):
        await serve(missing, [protocol])[0].start()
    swapped = {"cert_file": str(papers.key), "key_file": str(papers.key)}
    with pytest.raises(StartError, match="a file or text of `tls` is not usable"):
        await serve(swapped, [protocol])[0].start()
    stranger = papers.tls | {"client_ca_file": str(papers.key)}
    with pytest.raises(StartError, match="a file or text of `tls` is not usable"):
        await serve(stranger, [protocol])[0].start()
