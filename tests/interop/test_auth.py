"""A collector that proves who it is to one that wants to know, with every extension that can, over gRPC and HTTP."""

import base64
import contextlib
import hashlib
import socket
from dataclasses import dataclass, field, replace

import pytest

from penstock_api import (
    BuildInfo,
    Components,
    Config,
    ConsumeError,
    Consumer,
    Deadline,
    ExporterFactory,
    ReceiverFactory,
    Registered,
    Traces,
)
from penstock_collector.confmap import Sources
from penstock_collector.discovery import installed
from penstock_collector.gates import GATES, Gates
from penstock_collector.loading import Loader
from penstock_collector.service import Service
from penstock_engine import LoopClock
from penstock_testkit import RecordingConsumer, traces

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


@dataclass
class Ends:
    """Both ends of a service: what is pushed in, and what arrives."""

    sink: RecordingConsumer = field(default_factory=RecordingConsumer)
    push: list[Consumer[Traces]] = field(default_factory=list)

    def components(self) -> Components:
        """All that is installed, and the two ends."""

        def receiver(_settings: object, _config: object, onward: Consumer[Traces]) -> object:
            self.push.append(onward)
            return object()

        probe = ReceiverFactory(kind="probe", config=Config, create_traces=receiver)
        record = ExporterFactory(kind="record", config=Config, create_traces=lambda *_: self.sink)
        every = installed()
        return replace(
            every,
            receivers=(*every.receivers, Registered(factory=probe, project="test", version="1")),
            exporters=(*every.exporters, Registered(factory=record, project="test", version="1")),
        )


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.asynccontextmanager
async def collector(kind: str, exporter: str, word: str = GOOD):
    text = CONFIG
    ports = {name: str(free_port()) for name in ("GRPC", "HTTP")}
    written = {"KIND": kind, "EXPORTER": exporter, "WORD": word, "GOOD": GOOD, "HASH": HASH, **ports}
    for name, value in written.items():
        text = text.replace(name, value)
    ends, clock = Ends(), LoopClock()
    parts = ends.components()
    sources = Sources((f"yaml:{text}",), ())
    config = Loader(sources=sources, components=parts, gates=Gates.parse((), GATES), warn=print)()
    service = Service(config, BuildInfo("pencol", "a test", "1.2.3"), parts, clock)
    await service.start()
    try:
        yield ends
    finally:
        assert await service.stop(Deadline.after(clock, 5)) == ()


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
