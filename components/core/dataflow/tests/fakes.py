"""Components and a way to run them, for these tests."""

import logging
from dataclasses import dataclass, field
from typing import Any

from penstock_api import (
    BuildInfo,
    Components,
    Config,
    ExporterFactory,
    ExtensionFactory,
    ProcessorFactory,
    ReceiverFactory,
    Registered,
    RouterFactory,
    Secret,
    Signal,
)
from penstock_api.capability import RATE_LIMITER
from penstock_dataflow import Dataflow, load
from penstock_testkit import FakeClock, RecordingConsumer, RecordingMeter

BUILD = BuildInfo("cmd", "a service under test", "1.0.0")


class PlainConfig(Config):
    """Any of these components."""

    size: int = 1
    """Not used."""

    password: Secret = Secret("")
    """Not used, either."""

    outputs: tuple[str, ...] = ()
    """The outputs of a router; without any it takes all names."""


@dataclass
class World:
    """A distribution whose receivers are pushed by the test and whose exporters record."""

    diary: list[str] = field(default_factory=list)
    entrances: dict[tuple[str, Signal], Any] = field(default_factory=dict)
    exits: dict[str, RecordingConsumer] = field(default_factory=dict)
    settings: dict[tuple[str, Signal], Any] = field(default_factory=dict)
    meter: RecordingMeter = field(default_factory=RecordingMeter)
    clock: FakeClock = field(default_factory=FakeClock)

    def exit(self, name):
        return self.exits.setdefault(name, RecordingConsumer())

    def receiver(self, kind, signals=tuple(Signal), made=None):
        def create(signal):
            def make(settings, config, onward):
                self.entrances[settings.id.name, signal] = onward
                self.settings[settings.id.name, signal] = settings
                return settings.share(lambda: (made or _Lived)(settings.id.name, self.diary))

            return make

        return ReceiverFactory(kind=kind, config=PlainConfig, **_creates(create, signals))

    def processor(self, kind, signals=tuple(Signal), make=None, **more):
        def create(signal):
            return make or (
                lambda settings, config, onward: _Passing(f"{settings.id.name} {signal}", self.diary, onward)
            )

        return ProcessorFactory(kind=kind, config=PlainConfig, **_creates(create, signals), **more)

    def exporter(self, kind, signals=tuple(Signal)):
        def create(signal):
            return lambda settings, config: self.exit(settings.id.name)

        return ExporterFactory(kind=kind, config=PlainConfig, **_creates(create, signals))

    def router(self, kind, outputs=None):
        def create(settings, config, outputs):
            raise AssertionError("nothing is created")

        def names(config):
            return outputs or config.outputs or None

        return RouterFactory(kind=kind, config=PlainConfig, create=create, outputs=names)

    def extension(self, kind, *capabilities):
        def create(settings, config):
            raise AssertionError("nothing is created")

        return ExtensionFactory(kind=kind, config=PlainConfig, create=create, capabilities=capabilities)

    def components(self, *factories):
        def of(kind):
            every = (
                Registered(factory=one, project=f"penstock-x-{one.kind}", version="1.2.3")
                for one in factories
            )
            return tuple(one for one in every if isinstance(one.factory, kind))

        return Components(
            receivers=of(ReceiverFactory),
            processors=of((ProcessorFactory, RouterFactory)),
            exporters=of(ExporterFactory),
            extensions=of(ExtensionFactory),
        )

    def standard(self, *more):
        return self.components(self.receiver("push"), self.processor("pass"), self.exporter("keep"), *more)

    def everything(self):
        """All types of `texts.EVERYTHING`."""
        return self.standard(self.extension("quota", RATE_LIMITER), self.router("route"))

    def flow(self, nodes, connections, *, capacity=128, components=None, policies=None):
        written = source(nodes, connections, capacity=capacity, policies=policies)
        return self.whole(written, components or self.standard())

    def whole(self, written, components):
        return Dataflow.build(
            load(written),
            components,
            build=BUILD,
            clock=self.clock,
            meter=self.meter,
            log=logging.getLogger("penstock.test"),
        )


def source(nodes, connections, *, capacity=128, policies=None):
    pipeline = {
        "nodes": {name: {"type": one} if isinstance(one, str) else one for name, one in nodes.items()},
        "connections": connections,
        "policies": {"channel_capacity": {"pdata": capacity}, **(policies or {})},
    }
    return {"version": "otel_dataflow/v1", "groups": {"g": {"pipelines": {"p": pipeline}}}}


def _creates(create, signals):
    return {f"create_{signal}": create(signal) for signal in signals}


class _Lived:
    def __init__(self, name, diary):
        self._name = name
        self._diary = diary

    async def start(self):
        self._diary.append(f"start {self._name}")

    async def shutdown(self, deadline):
        self._diary.append(f"stop {self._name}")


class _Passing(_Lived):
    def __init__(self, name, diary, onward):
        super().__init__(name, diary)
        self._onward = onward

    async def consume(self, batch):
        await self._onward.consume(batch)
