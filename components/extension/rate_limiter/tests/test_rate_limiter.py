"""One quota, several takers, one who refills."""

import math

import pytest

from penstock_api import Active, ConfigError, decode
from penstock_api.capability import RATE_LIMITER
from penstock_extension_rate_limiter import RateLimiterConfig, factory
from penstock_testkit import FakeClock, RunningBundle, handle_of, make_extension_settings, running


def made(**config):
    """The bundle with its settings, and a clock that moves both."""
    clock = FakeClock()
    settings = make_extension_settings("rate_limiter", clock=clock)
    bundle = factory.create(settings, decode(RateLimiterConfig, config))
    return bundle, settings, clock


def test_r_46_takers_together_never_get_more_than_the_quota():
    bundle, settings, _ = made(limit=10)
    one, two = handle_of(bundle, RATE_LIMITER), handle_of(bundle, RATE_LIMITER)
    assert [one.try_acquire(6), two.try_acquire(6), two.try_acquire(4), one.try_acquire(1)] == [
        True,
        False,
        True,
        False,
    ]
    assert (
        settings.meter.value(
            "otelcol_extension_rate_limiter_units", extension="rate_limiter", outcome="taken"
        )
        == 10
    )
    assert (
        settings.meter.value(
            "otelcol_extension_rate_limiter_units", extension="rate_limiter", outcome="refused"
        )
        == 7
    )


async def test_r_45_what_the_lifecycle_adds_every_handle_sees():
    bundle, settings, clock = made(limit=10)
    handle = handle_of(bundle, RATE_LIMITER)
    async with running(RunningBundle(bundle, clock, settings.tasks), clock=clock):
        assert handle.try_acquire(10)
        assert not handle.try_acquire(5)
        await clock.advance(0.5)
        assert handle.try_acquire(5)
        assert not handle.try_acquire(1)


async def test_units_that_nobody_takes_stay_up_to_the_burst():
    bundle, settings, clock = made(limit=10, burst=25)
    handle = handle_of(bundle, RATE_LIMITER)
    async with running(RunningBundle(bundle, clock, settings.tasks), clock=clock):
        await clock.advance(60.0)
        assert not handle.try_acquire(26)
        assert handle.try_acquire(25)


def test_one_who_is_refused_learns_how_long_it_may_take():
    bundle, _, _ = made(limit=10, interval="2s")
    handle = handle_of(bundle, RATE_LIMITER)
    assert handle.try_acquire(10)
    assert handle.retry_after(5) == 1.0
    assert handle.retry_after(11) == math.inf


async def test_r_42_a_changed_config_is_taken_while_it_runs():
    bundle, settings, clock = made(limit=10)
    handle, life = handle_of(bundle, RATE_LIMITER), RunningBundle(bundle, clock, settings.tasks)
    async with running(life, clock=clock):
        handle.try_acquire(10)
        life.control.reconfigure(decode(RateLimiterConfig, {"limit": 100}))
        await clock.advance(1.0)
        assert life.control.accepted == 1
        assert handle.try_acquire(100)


def test_r_48_a_handle_cannot_be_changed():
    handle = handle_of(made(limit=1)[0], RATE_LIMITER)
    with pytest.raises((AttributeError, TypeError)):
        handle.try_acquire = lambda _: True


def test_its_lifecycle_and_its_handle_are_made_together():
    bundle, _, _ = made(limit=1)
    assert isinstance(bundle, Active)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "`limit` must be greater than 0: 0"),
        ({"limit": 1, "interval": 0}, "`interval` must be greater than 0: 0"),
    ],
)
def test_a_quota_without_units_is_refused(config, message):
    with pytest.raises(ConfigError, match=message):
        decode(RateLimiterConfig, config)
