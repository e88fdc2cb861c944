"""A collector in this process, of real components, with ends of our own."""

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

from penstock_api import (
    BuildInfo,
    Config,
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
from penstock_testkit import RecordingConsumer


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


@contextlib.asynccontextmanager
async def collector(text: str, sink: RecordingConsumer | None = None) -> AsyncIterator[Consumer[Traces]]:
    """A service of `text`. What is given takes what `probe` receives; `sink` gets what `record` is to export."""
    entrances: list[Consumer[Traces]] = []

    def receiver(_settings: object, _config: object, onward: Consumer[Traces]) -> object:
        entrances.append(onward)
        return object()

    probe = ReceiverFactory(kind="probe", config=Config, create_traces=receiver)
    record = ExporterFactory(kind="record", config=Config, create_traces=lambda *_: sink)
    every, clock = installed(), LoopClock()
    parts = replace(
        every,
        receivers=(*every.receivers, Registered(factory=probe, project="test", version="1")),
        exporters=(*every.exporters, Registered(factory=record, project="test", version="1")),
    )
    sources, gates = Sources((f"yaml:{text}",), ()), Gates.parse((), GATES)
    config = Loader(sources=sources, components=parts, gates=gates, warn=print)()
    service = Service(config, BuildInfo("pencol", "a test", "1.2.3"), parts, clock)
    await service.start()
    try:
        yield entrances[0]
    finally:
        assert await service.stop(Deadline.after(clock, 5)) == ()
