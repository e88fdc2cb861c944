"""A small distribution: a receiver that the test pushes, an exporter that records."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from penstock_api import Components, Config, ExporterFactory, ReceiverFactory, Registered
from penstock_testkit import RecordingConsumer

FLOW = """\
version: otel_dataflow/v1
groups:
  main:
    pipelines:
      main:
        nodes:
          in: {type: receiver:push}
          out: {type: exporter:keep}
        connections:
          - {from: in, to: out}
policies: {runtime_recovery: {enabled: false}}
"""


class PushConfig(Config):
    """The receiver."""

    token: str = ""
    """Kept for the test to look at."""


class KeepConfig(Config):
    """The exporter."""


@dataclass
class World:
    """What became of the components; `broken` makes the receiver fail to start."""

    entrance: Any = None
    settings: Any = None
    config: Any = None
    broken: Exception | None = None
    kept: RecordingConsumer = field(default_factory=RecordingConsumer)
    starts: int = 0
    stops: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def tried(self, starts):
        """Wait until the receiver was started that often, with success or not."""
        while self.starts < starts:
            self.started.clear()
            await asyncio.wait_for(self.started.wait(), 5)

    @property
    def components(self):
        push = ReceiverFactory(kind="push", config=PushConfig, create_logs=self._receiver)
        keep = ExporterFactory(kind="keep", config=KeepConfig, create_logs=lambda settings, config: self.kept)
        return Components(
            receivers=(Registered(factory=push, project="penstock-receiver-push", version="1.0.0"),),
            exporters=(Registered(factory=keep, project="penstock-exporter-keep", version="2.0.0"),),
        )

    def _receiver(self, settings, config, onward):
        self.entrance, self.settings, self.config = onward, settings, config
        return _Receiver(self)


class _Receiver:
    def __init__(self, world):
        self._world = world

    async def start(self):
        self._world.starts += 1
        self._world.started.set()
        if self._world.broken is not None:
            raise self._world.broken

    async def shutdown(self, deadline):
        self._world.stops += 1
