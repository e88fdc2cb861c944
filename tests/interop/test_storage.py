"""A collector whose queue is in a real store: what a service accepted, the next one sends."""

import contextlib
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from penstock_api import (
    BuildInfo,
    Config,
    Consumer,
    Deadline,
    ReceiverFactory,
    Registered,
    Signal,
    Traces,
    decode,
)
from penstock_collector.confmap import Sources
from penstock_collector.discovery import installed
from penstock_collector.gates import GATES, Gates
from penstock_collector.loading import Loader
from penstock_collector.service import Service
from penstock_engine import LoopClock
from penstock_receiver_otlp import factory as otlp_in
from penstock_testkit import RecordingConsumer, make_settings, names_of, running, traces

CONFIG = """
receivers: {probe: {}}
exporters:
  EXPORTER:
    endpoint: http://127.0.0.1:PORT
    timeout: 1s
    sending_queue: {storage: key_value_store}
extensions: {key_value_store: {path: FOLDER/queue.db}}
service:
  extensions: [key_value_store]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [probe], exporters: [EXPORTER]}}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.asynccontextmanager
async def collector(text: str):
    """A service of `text`; what is given is where to push."""
    entrances: list[Consumer[Traces]] = []

    def receiver(_settings: object, _config: object, onward: Consumer[Traces]) -> object:
        entrances.append(onward)
        return object()

    every, clock = installed(), LoopClock()
    probe = Registered(
        factory=ReceiverFactory(kind="probe", config=Config, create_traces=receiver), project="t", version="1"
    )
    parts = replace(every, receivers=(*every.receivers, probe))
    loader = Loader(
        sources=Sources((f"yaml:{text}",), ()), components=parts, gates=Gates.parse((), GATES), warn=print
    )
    service = Service(loader(), BuildInfo("pencol", "a test", "1.2.3"), parts, clock)
    await service.start()
    try:
        yield entrances[0]
    finally:
        assert await service.stop(Deadline.after(clock, 5)) == ()


@pytest.mark.parametrize(("exporter", "protocol"), [("otlp_grpc", "grpc"), ("otlp_http", "http")])
async def test_what_was_accepted_while_the_backend_was_down_is_sent_after_a_restart(
    exporter: str, protocol: str, tmp_path: Path
) -> None:
    port = free_port()
    text = CONFIG.replace("EXPORTER", exporter).replace("PORT", str(port)).replace("FOLDER", str(tmp_path))
    async with collector(text) as entrance:
        for number in range(5):
            await entrance.consume(traces(2, first=2 * number))

    sink = RecordingConsumer()
    config = decode(otlp_in.config, {"protocols": {protocol: {"endpoint": f"127.0.0.1:{port}"}}})
    backend = otlp_in.create_traces(make_settings("receiver", "otlp"), config, sink)
    async with running(backend), collector(text):
        await sink.received(10)
    names = sorted(name for batch in sink.batches for name in names_of(batch))
    assert names == [f"span-{number}" for number in range(10)]
    assert all(batch.signal is Signal.TRACES for batch in sink.batches)

    async with (
        running(otlp_in.create_traces(make_settings("receiver", "otlp"), config, sink)),
        collector(text),
    ):
        pass
    assert sink.items == 10
