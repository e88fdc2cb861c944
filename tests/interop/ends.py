"""A service from YAML, whose two ends are the test's: what is pushed in, and what arrives."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from penstock_api import (
    BuildInfo,
    Components,
    Config,
    Consumer,
    Deadline,
    ExporterFactory,
    ReceiverFactory,
    Registered,
    Signal,
    Traces,
)
from penstock_collector.confmap import Sources
from penstock_collector.discovery import installed
from penstock_collector.gates import GATES, Gates
from penstock_collector.loading import Loader
from penstock_collector.service import Service
from penstock_engine import LoopClock
from penstock_testkit import RecordingConsumer


@contextlib.contextmanager
def free_port() -> Iterator[str]:
    """A port on which servers may come and go; no other process is given it meanwhile."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield str(held.getsockname()[1])


@dataclass
class Ends:
    """The receiver `probe` and the exporter `record`."""

    sink: RecordingConsumer = field(default_factory=RecordingConsumer)
    push: list[Consumer[Traces]] = field(default_factory=list)

    def components(self) -> Components:
        """All that is installed, and the two ends."""

        def receiver(_settings: object, _config: object, onward: Consumer[Traces]) -> object:
            self.push.append(onward)
            return object()

        probe = ReceiverFactory(kind="probe", config=Config, create_traces=receiver)
        made = {f"create_{signal}": lambda *_: self.sink for signal in Signal}
        record = ExporterFactory(kind="record", config=Config, **made)
        every = installed()
        return replace(
            every,
            receivers=(*every.receivers, Registered(factory=probe, project="test", version="1")),
            exporters=(*every.exporters, Registered(factory=record, project="test", version="1")),
        )

    def service(self, text: str) -> Service:
        """The service that the YAML `text` configures."""
        components = self.components()
        sources = Sources((f"yaml:{text}",), ())
        gates = Gates.parse((), GATES)
        config = Loader(sources=sources, components=components, gates=gates, warn=print)()
        return Service(config, BuildInfo("pencol", "a test", "1.2.3"), components, LoopClock())

    @contextlib.asynccontextmanager
    async def running(self, text: str):
        """The same, started; it stops without a problem."""
        service = self.service(text)
        await service.start()
        try:
            yield service
        finally:
            assert await service.stop(Deadline.after(LoopClock(), 5)) == ()
