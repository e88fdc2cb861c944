"""Probe components and a way to write a collector's configuration as values."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from penstock_api import (
    AnyBatch,
    Background,
    ComponentId,
    Components,
    Config,
    ConnectorFactory,
    ConsumeError,
    Deadline,
    ExporterFactory,
    ExtensionFactory,
    PipelineId,
    ProcessorFactory,
    ReceiverFactory,
    Registered,
    RouterFactory,
    StartError,
)
from penstock_collector.config import (
    CollectorConfig,
    Configured,
    PipelineConfig,
    ServiceConfig,
    TelemetryConfig,
)


@dataclass
class World:
    """What the probes of one test did, and what they shall do."""

    events: list[str] = field(default_factory=list)
    receivers: dict[str, object] = field(default_factory=dict)
    received: dict[str, list[AnyBatch]] = field(default_factory=dict)
    failing: dict[str, ConsumeError] = field(default_factory=dict)
    broken_starts: set[str] = field(default_factory=set)


class _Probe:
    def __init__(self, world, settings):
        self.world, self.name = world, f"{settings.kind} {settings.id}"

    async def start(self):
        self.world.events.append(f"start {self.name}")
        if self.name in self.world.broken_starts:
            raise StartError("port in use: localhost:4317")

    async def shutdown(self, _deadline: Deadline):
        self.world.events.append(f"stop {self.name}")


class _Receiver(_Probe):
    def __init__(self, world, settings, onward):
        super().__init__(world, settings)
        self.send = onward.consume
        world.receivers[str(settings.id)] = self


class _Pass(_Probe):
    def __init__(self, world, settings, onward):
        super().__init__(world, settings)
        self.consume = onward.consume


class _Editor(_Probe):
    """Renames what it gets, which only a private batch allows."""

    def __init__(self, world, settings, onward):
        super().__init__(world, settings)
        self._onward = onward

    async def consume(self, batch):
        message = batch.edit()
        for resource in message.resource_spans:
            for scope in resource.scope_spans:
                for one in scope.spans:
                    one.name = "changed"
        await self._onward.consume(type(batch).from_message(message))


class _Exporter(_Probe):
    def __init__(self, world, settings):
        super().__init__(world, settings)
        self.got = world.received.setdefault(str(settings.id), [])

    async def consume(self, batch):
        error = self.world.failing.get(self.name)
        if error is not None:
            raise error
        self.got.append(batch)


def extension_factory(world: World):
    """Makes probes that are extensions."""
    return ExtensionFactory(
        kind="probe", config=Config, create=lambda settings, _config: Background(_Probe(world, settings))
    )


def factories(world: World):
    """One factory of each kind; `editor` mutates, `tracer` exports traces only, `router` is for dataflows."""

    def make(cls):
        return lambda settings, _config, *onward: cls(world, settings, *onward)

    def every(cls):
        return {f"create_{signal}": make(cls) for signal in ("traces", "metrics", "logs")}

    same = {f"{signal}_to_{signal}": make(_Pass) for signal in ("traces", "metrics", "logs")}
    return {
        "receivers": ReceiverFactory(kind="probe", config=Config, **every(_Receiver)),
        "processors": ProcessorFactory(kind="probe", config=Config, **every(_Pass)),
        "editors": ProcessorFactory(kind="editor", config=Config, **every(_Editor), mutates_data=True),
        "exporters": ExporterFactory(kind="probe", config=Config, **every(_Exporter)),
        "tracers": ExporterFactory(kind="tracer", config=Config, create_traces=make(_Exporter)),
        "connectors": ConnectorFactory(kind="join", config=Config, **same),
        "routers": RouterFactory(
            kind="router", config=Config, create=lambda *_: _Exporter, outputs=lambda _: None
        ),
    }


def pipeline(receivers: str, processors: str, exporters: str) -> PipelineConfig:
    """Ids separated by blanks."""
    return PipelineConfig(
        receivers=_ids(receivers), processors=_ids(processors), exporters=_ids(exporters), where="c.yaml:9"
    )


def collector(world: World, **pipelines: PipelineConfig) -> CollectorConfig:
    """A configuration of probes: every id that a pipeline names is configured; `_` stands for `/` in pipeline ids."""
    made = factories(world)
    found = {PipelineId.parse(name.replace("_", "/", 1)): one for name, one in pipelines.items()}
    chosen = {"probe": "receivers", "editor": "editors", "tracer": "tracers", "join": "connectors"}
    chosen["router"] = "routers"

    def configured(ids: Sequence[ComponentId], kind: str):
        named = {one: chosen[one.kind] for one in ids}
        fitting = {one: (kind if section == "receivers" else section) for one, section in named.items()}
        return {
            one: Configured(
                factory=Registered(factory=made[section], project="probe", version="1"),
                config=Config(),
                where="c.yaml:1",
            )
            for one, section in fitting.items()
        }

    def used(part: str, *, joins: bool):
        ids = [one for line in found.values() for one in getattr(line, part)]
        return [one for one in ids if (one.kind == "join") is joins]

    return CollectorConfig(
        receivers=configured(used("receivers", joins=False), "receivers"),
        processors=configured(used("processors", joins=False), "processors"),
        exporters=configured(used("exporters", joins=False), "exporters"),
        connectors=configured(used("receivers", joins=True) + used("exporters", joins=True), "connectors"),
        service=ServiceConfig(
            pipelines=found, telemetry=TelemetryConfig.model_validate({"metrics": {"level": "none"}})
        ),
    )


def nothing() -> Components:
    """A distribution without components: services are built from configured values."""
    return Components()


def _ids(text: str) -> tuple[ComponentId, ...]:
    return tuple(map(ComponentId.parse, text.split()))
