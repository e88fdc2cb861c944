"""Whole configurations, running: extensions that write a diary, nodes that claim them."""

import asyncio
import contextlib
import errno
from collections import Counter
from dataclasses import dataclass, field

from penstock_api import Deadline, ExtensionFactory, Signal
from penstock_api.capability import RATE_LIMITER
from penstock_api.extension import Active, Background, Cloned, Reconfigure, Stop
from penstock_dataflow.controller import PipelineKey
from penstock_testkit import settle

from .fakes import PlainConfig, World

SHIP = PipelineKey("edge", "ship")
CHAIN = {"in": "receiver:push", "mid": "processor:limited", "out": "exporter:keep"}
CHAINED = [{"from": "in", "to": "mid"}, {"from": "mid", "to": "out"}]


@dataclass(frozen=True, slots=True)
class Handle:
    """What nodes hold: the name of the extension that it came from, and how often that was made."""

    name: str
    number: int

    def try_acquire(self, units):
        return True

    def retry_after(self, units):
        return 0.0


@dataclass
class Fleet(World):
    """A distribution with extensions too."""

    made: Counter = field(default_factory=Counter)
    runs: Counter = field(default_factory=Counter)
    handles: dict[str, object] = field(default_factory=dict)
    refuses: bool = False
    refuses_after: int = 1_000
    """How many new configs are taken until one is refused."""
    configs: list[int] = field(default_factory=list)
    breaks: dict[str, Exception] = field(default_factory=dict)
    breaks_after: dict[str, int] = field(default_factory=dict)
    waits: dict[str, asyncio.Event] = field(default_factory=dict)
    unmakeable: bool = False
    """Whether `limited` cannot be made."""
    port: bool = False
    """Whether receivers of one name hold a port, which only one can."""
    late: bool = False
    """Whether the next receiver that gets the port does not start."""
    held: set[str] = field(default_factory=set)

    def background(self, kind, life):
        """An extension that is `life` and offers nothing."""
        return ExtensionFactory(kind=kind, config=PlainConfig, create=lambda *_: Background(life))

    def living(self, kind, *, background=False):
        def create(settings, config):
            name = settings.id.name
            self.made[name] += 1
            self.diary.append(f"make {name}")
            self.settings[name] = settings
            life = _Life(name, self, config)
            if background:
                return Background(life)
            return Active(life, Cloned(RATE_LIMITER, Handle(name, self.made[name])), readiness=5.0)

        return ExtensionFactory(
            kind=kind,
            config=PlainConfig,
            create=create,
            capabilities=() if background else (RATE_LIMITER,),
        )

    def distribution(self, *more):
        limited = self.processor("limited", make=self._limited)
        starting = self.receiver("starting", made=lambda name, _: _Starting(name, self))
        quota, watcher = self.living("quota"), self.living("watcher", background=True)
        return self.standard(limited, starting, quota, watcher, *more)

    def _limited(self, settings, config, onward):
        if self.unmakeable:
            raise OSError("not any more")
        self.diary.append(f"make node {settings.id.name}")
        handle = settings.capabilities.optional(RATE_LIMITER)
        if handle is not None:
            pipeline = settings.log.extra["dataflow.pipeline"]
            self.handles[f"{pipeline}/{settings.id.name}"] = handle
        return _Passing(settings.id.name, self, onward)

    @contextlib.asynccontextmanager
    async def engine(self, config, components=None):
        flow = self.whole(config, components or self.distribution())
        try:
            await self.during(flow.start())
            yield flow
        finally:
            await self.during(flow.stop(Deadline.after(self.clock, 5)))

    async def during(self, work):
        """What `work` gives; the clock moves on while it waits for nothing else."""
        task = asyncio.get_running_loop().create_task(work)
        for _ in range(200):
            await settle()
            if task.done():
                break
            await self.clock.advance(0.25)
        return await task

    async def changed(self, rollout):
        await self.during(rollout.wait())
        return rollout

    async def push(self, *, node="in", batch=None):
        await self.entrances[node, Signal.LOGS].consume(batch)


class _Life:
    def __init__(self, name, fleet, config):
        self._name, self._fleet, self._config = name, fleet, config

    async def run(self, control):
        fleet = self._fleet
        fleet.runs[self._name] += 1
        fleet.diary.append(f"run {self._name}")
        fleet.configs.append(self._config.size)
        control.ready()
        while not isinstance(message := await control.wait(), Stop):
            if isinstance(message, Reconfigure):
                fleet.refuses_after -= 1
                if fleet.refuses or fleet.refuses_after < 0:
                    message.refuse("not this one")
                    continue
                fleet.configs.append(message.config.size)
                message.accept()
        fleet.diary.append(f"end {self._name}")


class _Passing:
    def __init__(self, name, fleet, onward):
        self._name, self._fleet, self._onward = name, fleet, onward

    async def start(self):
        self._fleet.diary.append(f"start {self._name}")

    async def consume(self, batch):
        await self._onward.consume(batch)

    async def shutdown(self, deadline):
        self._fleet.diary.append(f"stop {self._name}")


class _Starting:
    """A receiver that may not start: `breaks` says why, `waits` until when, by the name of the node."""

    def __init__(self, name, fleet):
        self._name, self._fleet, self._holds = name, fleet, False

    async def start(self):
        name, fleet = self._name, self._fleet
        fleet.diary.append(f"start {name}")
        if fleet.port and name in fleet.held:
            raise OSError(errno.EADDRINUSE, "address in use")
        if fleet.late:
            fleet.late = False
            raise OSError("too late")
        if name in fleet.waits:
            await fleet.waits[name].wait()
        if name in fleet.breaks:
            raise fleet.breaks[name]
        if fleet.diary.count(f"start {name}") == fleet.breaks_after.get(name, -1) + 1:
            raise OSError("no more")
        fleet.held.add(name)
        self._holds = True

    async def shutdown(self, deadline):
        self._fleet.diary.append(f"stop {self._name}")
        if self._holds:
            self._fleet.held.discard(self._name)


def pipeline(nodes=None, connections=None, **more):
    """A pipeline as a file has it."""
    written = {name: {"type": one} if isinstance(one, str) else one for name, one in (nodes or CHAIN).items()}
    return {"nodes": written, "connections": connections or CHAINED, **more}


def bound(extension="quota", nodes=None):
    """The nodes of `CHAIN`, of which `mid` binds the extension."""
    mid = {"type": "processor:limited", "capabilities": {"rate_limiter": extension}}
    return {**(nodes or CHAIN), "mid": mid}


def config(groups=None, **more):
    """A file with `groups`, which are by default one pipeline."""
    return {"version": "otel_dataflow/v1", "groups": groups or {"edge": group(ship=pipeline())}, **more}


def group(*, extensions=None, **pipelines):
    """A group as a file has it."""
    declared = {"extensions": extensions} if extensions else {}
    return {"pipelines": pipelines, **declared}


QUOTA = {"quota": {"type": "extension:quota"}}
