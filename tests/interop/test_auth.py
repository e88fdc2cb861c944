"""A collector that proves who it is to one that wants to know, with every extension that can, over gRPC and HTTP."""

import base64
import contextlib
import hashlib

import pytest

from penstock_api import ConsumeError
from penstock_testkit import traces

from .ends import Ends, free_port

CONFIG = """
receivers:
  probe: {}
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:GRPC", auth: {authenticator: KIND/in}}
      http: {endpoint: "127.0.0.1:HTTP", auth: {authenticator: KIND/in}}
exporters:
  record: {}
  otlp_grpc:
    endpoint: http://127.0.0.1:GRPC
    auth: {authenticator: KIND/out}
    sending_queue: {enabled: false}
    retry_on_failure: {enabled: false}
  otlp_http:
    endpoint: http://127.0.0.1:HTTP
    auth: {authenticator: KIND/out}
    sending_queue: {enabled: false}
    retry_on_failure: {enabled: false}
extensions:
  basic_auth/in: {htpasswd: {inline: "team-a:HASH"}}
  basic_auth/out: {client_auth: {username: team-a, password: WORD}}
  bearer_token/in: {clients: {team-a: GOOD}}
  bearer_token/out: {token: WORD}
  api_key/in: {clients: {team-a: GOOD}}
  api_key/out: {key: WORD}
service:
  extensions: [KIND/in, KIND/out]
  telemetry: {metrics: {level: none}}
  pipelines:
    traces/out: {receivers: [probe], exporters: [EXPORTER]}
    traces/in: {receivers: [otlp], exporters: [record]}
"""
GOOD = "a-long-and-secret-word-1234567890"
HASH = "{SHA}" + base64.b64encode(hashlib.sha1(GOOD.encode()).digest()).decode()


@contextlib.asynccontextmanager
async def collector(kind: str, exporter: str, word: str = GOOD):
    text, ends = CONFIG, Ends()
    written = {"KIND": kind, "EXPORTER": exporter, "WORD": word, "GOOD": GOOD, "HASH": HASH}
    with free_port() as grpc, free_port() as http:
        for name, value in {**written, "GRPC": grpc, "HTTP": http}.items():
            text = text.replace(name, value)
        async with ends.running(text):
            yield ends


KINDS = pytest.mark.parametrize("kind", ["basic_auth", "bearer_token", "api_key"])
EXPORTERS = pytest.mark.parametrize("exporter", ["otlp_grpc", "otlp_http"])


@KINDS
@EXPORTERS
async def test_who_shows_the_right_credentials_is_let_in_and_named(kind: str, exporter: str) -> None:
    async with collector(kind, exporter) as ends:
        await ends.push[0].consume(traces(3))
        await ends.push[0].consume(traces(2))
    assert [len(batch) for batch in ends.sink.batches] == [3, 2]
    assert {batch.client.identity.principal for batch in ends.sink.batches} == {"team-a"}


@KINDS
@EXPORTERS
async def test_who_shows_wrong_ones_is_refused_for_good(kind: str, exporter: str) -> None:
    async with collector(kind, exporter, word="another-long-and-secret-word-0987654321") as ends:
        with pytest.raises(ConsumeError, match="the credentials are not valid") as caught:
            await ends.push[0].consume(traces(3))
    assert caught.value.code == 16
    assert ends.sink.batches == []
