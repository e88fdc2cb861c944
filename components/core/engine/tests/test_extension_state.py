"""State that an extension's life and its handles share, and what can be seen of it from outside."""

from dataclasses import dataclass

import pytest

from penstock_api import StartError
from penstock_api.capability import RATE_LIMITER
from penstock_api.extension import Active, Cloned
from penstock_testkit import settle

from .extensions import Limiter, Worker, World, bind, limiter, spec


class _Core:
    """The only thing that changes."""

    def __init__(self, left):
        self.left = left

    def take(self, units):
        if self.left < units:
            return False
        self.left -= units
        return True


class _Refill:
    def __init__(self, core, limit):
        self.core, self.limit = core, limit

    async def run(self, control):
        while await control.wait(1.0) is None:
            self.core.left = self.limit


def quota(limit):
    core = _Core(limit)
    return Active(_Refill(core, limit), Cloned(RATE_LIMITER, Limiter(core.take)))


async def test_r_45_what_the_life_writes_is_seen_through_every_handle():
    core = _Core(0)

    class Counting:
        async def run(self, control):
            core.left += 7
            await control.wait()

    host = World().host(spec("quota", Active(Counting(), Cloned(RATE_LIMITER, Limiter(core.take)))))
    one, two = (host.claims(name, [bind(RATE_LIMITER, "quota")]).require(RATE_LIMITER) for name in "ab")
    await host.start()
    assert one.try_acquire(4)
    assert two.try_acquire(3)
    assert not one.try_acquire(1)
    await host.stop()


async def test_r_46_the_life_refills_handles_take_and_together_they_never_exceed_the_quota():
    world = World()
    host = world.host(spec("quota", lambda _: quota(5)))
    one, two = (host.claims(name, [bind(RATE_LIMITER, "quota")]).require(RATE_LIMITER) for name in "ab")
    await host.start()
    taken = []
    for _ in range(4):
        taken.append(sum(handle.try_acquire(1) for _ in range(10) for handle in (one, two)))
        await world.clock.advance(1.0)
    assert taken == [5, 5, 5, 5]
    await host.stop()


async def test_r_44_nothing_in_the_engine_copies_an_extension():
    copied = []

    @dataclass(frozen=True, slots=True)
    class Loud(Limiter):
        def __copy__(self):
            copied.append(self)

        __deepcopy__ = __reduce__ = __copy__

    handle = Loud()
    host = World().host(spec("quota", limiter(Worker("quota"), handle=handle)))
    given = host.claims("node a", [bind(RATE_LIMITER, "quota")]).require(RATE_LIMITER)
    await host.start()
    await host.stop()
    assert given is handle
    assert copied == []


async def test_r_73_every_extension_is_counted_and_shows_its_state():
    world = World()
    host = world.host(spec("quota", limiter(Worker("quota"))), attributes={"pipeline": "edge/ship"})

    def value(name, **attributes):
        full = f"otelcol_extension_{name}"
        return world.meter.value(full, extension="quota", pipeline="edge/ship", **attributes)

    assert value("state") == 0
    await host.start()
    assert (value("state"), value("starts"), value("stops")) == (2, 1, 0)
    await host.stop()
    await settle()
    assert (value("state"), value("stops"), value("ends", outcome="ok")) == (5, 1, 1)
    assert value("ends", outcome="error") == value("shutdown_timeouts") == value("restarts") == 0


async def test_r_73_a_failure_is_counted_as_one():
    world = World()
    host = world.host(spec("quota", limiter(Worker("quota", fail=OSError("no")))))
    with pytest.raises(StartError):
        await host.start()
    await host.stop()
    assert world.meter.value("otelcol_extension_ends", extension="quota", outcome="error") == 1
    assert world.meter.value("otelcol_extension_state", extension="quota") == 6


async def test_r_74_a_passive_extension_shows_its_state_and_may_count_for_itself():
    world = World()

    def counted(_):
        taken = world.meter.counter("otelcol_extension_taken", extension="quota")

        def take(units):
            taken.add(units)
            return True

        return limiter(handle=Limiter(take))

    host = world.host(spec("quota", counted))
    host.claims("node a", [bind(RATE_LIMITER, "quota")]).require(RATE_LIMITER).try_acquire(3)
    await host.start()
    assert world.meter.value("otelcol_extension_state", extension="quota") == 2
    assert world.meter.value("otelcol_extension_taken", extension="quota") == 3
    await host.stop()


async def test_r_75_the_status_has_state_error_readiness_and_who_holds_a_handle():
    world = World()
    host = world.host(spec("quota", limiter(Worker("quota"), readiness=5.0)), spec("free", limiter()))
    for name in ("node a", "node a", "node b"):
        host.claims(name, [bind(RATE_LIMITER, "quota")]).require(RATE_LIMITER)
    await host.start()
    one, free = host.statuses()
    assert (one.id, one.label, one.state, one.error, one.ready) == (
        "quota",
        "extension quota",
        "running",
        "",
        True,
    )
    assert one.capabilities == ("rate_limiter",)
    assert one.consumers == ("node a", "node b")
    assert (free.ready, free.consumers) == (None, ())
    await host.stop()
