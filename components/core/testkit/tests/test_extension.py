"""What runs an extension under test, and what gives a component its capabilities."""

import pytest

from penstock_api import Background, Cloned, ControlClosedError, Deadline, Passive, Stop
from penstock_api.capability import (
    KEY_VALUE_STORE,
    RATE_LIMITER,
    CapabilityAlreadyConsumedError,
    CapabilityNotBoundError,
)
from penstock_testkit import (
    FakeCapabilities,
    FakeClock,
    FakeControl,
    RunningBundle,
    handle_of,
    make_extension_settings,
    running,
    settle,
)
from penstock_testkit.capabilities import permissive


def test_a_capability_is_claimed_once_and_one_that_is_not_there_says_how_to_bind_it():
    capabilities = FakeCapabilities({RATE_LIMITER: "one", "key_value_store/meta": ("a", "b")})
    assert capabilities.require(RATE_LIMITER) == "one"
    assert capabilities.require_all(KEY_VALUE_STORE, "meta") == ("a", "b")
    with pytest.raises(CapabilityAlreadyConsumedError, match="capability is claimed twice: rate_limiter"):
        capabilities.optional(RATE_LIMITER)
    with pytest.raises(CapabilityNotBoundError, match="no extension is bound for capability key_value_store"):
        capabilities.require(KEY_VALUE_STORE)


def test_what_is_permissive_allows_everything():
    limiter = permissive("rate_limiter").require(RATE_LIMITER)
    assert (limiter.try_acquire(10**9), limiter.retry_after(1)) == (True, 0.0)


def test_a_handle_is_found_by_its_key():
    bundle = Passive(Cloned(RATE_LIMITER, "handle"))
    assert handle_of(bundle, RATE_LIMITER) == "handle"
    with pytest.raises(AssertionError, match="the bundle does not offer key_value_store"):
        handle_of(bundle, KEY_VALUE_STORE)


async def test_a_control_gives_messages_time_and_the_end():
    clock = FakeClock()
    control, settings = FakeControl(clock), make_extension_settings(clock=clock)
    heard = []

    class Life:
        async def run(self, control):
            control.ready()
            while not isinstance(message := await control.wait(1.0), Stop):
                heard.append(message)
            heard.append("end")
            with pytest.raises(ControlClosedError):
                await control.wait()

    task = settings.tasks.spawn(Life().run(control), name="run")
    await clock.advance(2.0)
    control.reconfigure(None)
    await settle()
    assert heard[:2] == [None, None]
    heard[2].accept()
    control.stop(Deadline.after(clock, 1.0))
    await task
    assert (heard[-1], control.accepted, control.is_ready.is_set()) == ("end", 1, True)


async def test_a_bundle_runs_whichever_life_it_leads():
    clock = FakeClock()
    settings = make_extension_settings(clock=clock)
    heard = []

    class Served:
        async def start(self):
            heard.append("start")

        async def shutdown(self, _deadline):
            heard.append("shutdown")

    class Run:
        async def run(self, control):
            heard.append("run")
            control.ready()
            await control.wait()

    for bundle in (Background(Served()), Background(Run(), readiness=1.0), Passive(Cloned(RATE_LIMITER, 1))):
        async with running(RunningBundle(bundle, clock, settings.tasks), clock=clock):
            heard.append("live")
    assert heard == ["start", "live", "shutdown", "run", "live", "live"]
