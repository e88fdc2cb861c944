"""Extensions for these tests: they say what happens to them."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from penstock_api.capability import KEY_VALUE_STORE, RATE_LIMITER
from penstock_api.extension import Active, Background, Bundle, Cloned, Constructed, Passive, Stop
from penstock_engine.extensions import Binding, Declaration, ExtensionHost, ExtensionSpec, HostKit
from penstock_engine.log import FieldLog
from penstock_testkit import FakeClock, RecordingMeter


@dataclass(frozen=True, slots=True)
class Limiter:
    """A handle: `take` is all it holds."""

    take: Callable[[int], bool] = lambda _: True

    def try_acquire(self, units):
        return self.take(units)

    def retry_after(self, units):
        return float(units)


@dataclass(frozen=True, slots=True)
class Store:
    """A handle with coroutines."""

    async def get(self, namespace, key):
        return f"{namespace}/{key}".encode()

    async def apply(self, namespace, changes):
        pass

    async def keys(self, namespace, prefix=""):
        return ()


@dataclass(eq=False)
class Worker:
    """A lifecycle that runs until it is told to stop, and writes its life into a diary."""

    name: str
    diary: list[str] = field(default_factory=list)
    is_ready: asyncio.Event | None = None
    fail: Exception | None = None
    stops: list[Stop] = field(default_factory=list)

    async def run(self, control):
        self.diary.append(f"run {self.name}")
        if self.fail is not None:
            raise self.fail
        if self.is_ready is not None:
            await self.is_ready.wait()
        control.ready()
        message = None
        while not isinstance(message, Stop):
            message = await control.wait()
        self.stops.append(message)
        self.diary.append(f"stop {self.name}")


def limiter(lifecycle=None, *, handle=None, **options) -> Bundle:
    """A bundle that offers a rate limiter."""
    offer = Cloned(RATE_LIMITER, handle or Limiter())
    return Passive(offer) if lifecycle is None else Active(lifecycle, offer, **options)


def store(make=None) -> Bundle:
    """A bundle that offers a store, made for each consumer when there is `make`."""
    return Passive(Cloned(KEY_VALUE_STORE, Store()) if make is None else Constructed(KEY_VALUE_STORE, make))


def spec(name, bundle, capabilities=(RATE_LIMITER,), bindings=(), **more) -> ExtensionSpec:
    """How to create the extension `name`: `bundle` is one, or what makes one from its capabilities."""
    if isinstance(bundle, Background):
        capabilities = ()
    create = bundle if callable(bundle) else lambda _: bundle
    declared = Declaration(
        id=name,
        label=f"extension {name}",
        capabilities=tuple(capabilities),
        bindings=tuple(bindings),
        path=("extensions", name),
    )
    return ExtensionSpec(declaration=declared, create=create, **more)


def bind(capability, *extensions, slot="") -> Binding:
    """A binding of one node."""
    return Binding(capability=str(capability), extensions=extensions, slot=slot, path=("capabilities",))


@dataclass
class World:
    """Time, metrics and logs of one host."""

    clock: FakeClock = field(default_factory=FakeClock)
    meter: RecordingMeter = field(default_factory=RecordingMeter)

    def kit(self, **options) -> HostKit:
        log = FieldLog(logging.getLogger("penstock"), {})
        return HostKit(clock=self.clock, meter=self.meter, log=log, **options)

    def host(self, *specs, outer=None, one_by_one=False, start_unused=True, **options) -> ExtensionHost:
        """A host of `specs`, of which all are started unless `start_unused` is False."""
        return ExtensionHost.build(
            specs, self.kit(**options), outer=outer, one_by_one=one_by_one, start_unused=start_unused
        )
