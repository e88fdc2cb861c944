"""What the quota allows passes; the rest is refused, waits, or is dropped and counted."""

import dataclasses
import math

import pytest

from penstock_api import PermanentError, RetryableError, Signal, decode
from penstock_api.capability import RATE_LIMITER, CapabilityNotBoundError
from penstock_api.config import references
from penstock_processor_rate_limit import RateLimitConfig, factory
from penstock_testkit import (
    FakeCapabilities,
    FakeClock,
    RecordingConsumer,
    make,
    make_settings,
    settle,
    traces,
)


class Quota:
    """So many units; a second brings one."""

    def __init__(self, left):
        self.left = left

    def try_acquire(self, units):
        if units > self.left:
            return False
        self.left -= units
        return True

    def retry_after(self, units):
        return math.inf if units > 100 else float(units - self.left)


def made(left, signal=Signal.TRACES, **config):
    clock, onward, quota = FakeClock(), RecordingConsumer(), Quota(left)
    settings = make_settings("processor", "rate_limit", clock=clock)
    settings = dataclasses.replace(settings, capabilities=FakeCapabilities({RATE_LIMITER: quota}))
    create = getattr(factory, f"create_{signal}")
    return create(settings, decode(RateLimitConfig, config), onward), onward, quota, settings


@pytest.mark.parametrize("signal", Signal)
async def test_what_the_quota_allows_passes_and_the_rest_is_refused_with_a_time(signal):
    processor, onward, _, settings = made(10, signal)
    await processor.consume(make(signal, 10))
    with pytest.raises(RetryableError, match="the quota is used up") as caught:
        await processor.consume(make(signal, 3))
    assert (len(onward.batches), caught.value.after) == (1, 3.0)
    assert settings.meter.value(f"otelcol_processor_rate_limit_refused_{signal.items}") == 3


@pytest.mark.parametrize(("unit", "units"), [("items", 3), ("bytes", traces(3).size), ("batches", 1)])
async def test_a_unit_is_what_the_config_says(unit, units):
    processor, _, quota, _ = made(10_000, unit=unit)
    await processor.consume(traces(3))
    assert quota.left == 10_000 - units


async def test_a_batch_that_the_quota_never_allows_is_refused_for_good():
    processor, _, _, _ = made(10)
    with pytest.raises(PermanentError, match="batch is larger than the quota ever is: 101 items"):
        await processor.consume(traces(101))


async def test_a_batch_may_wait_for_the_quota():
    processor, onward, quota, settings = made(0, on_limit="wait")
    waiting = settings.tasks.spawn(processor.consume(traces(2)), name="consume")
    await settle()
    quota.left = 2
    await settings.clock.advance(2.0)
    await waiting
    assert len(onward.batches) == 1


async def test_a_batch_that_would_wait_too_long_is_refused_at_once():
    processor, _, _, _ = made(0, on_limit="wait", max_wait="1s")
    with pytest.raises(RetryableError, match="the quota is used up"):
        await processor.consume(traces(2))


async def test_a_batch_may_be_dropped_and_is_counted():
    processor, onward, _, settings = made(0, on_limit="drop")
    await processor.consume(traces(5))
    assert onward.batches == []
    assert settings.meter.value("otelcol_processor_rate_limit_dropped_spans", processor="rate_limit") == 5


def test_without_a_quota_it_cannot_be_made():
    with pytest.raises(CapabilityNotBoundError, match="no extension is bound for capability rate_limiter"):
        factory.create_traces(
            make_settings("processor", "rate_limit"), RateLimitConfig(), RecordingConsumer()
        )


def test_a_collector_names_the_extension_in_the_config():
    (found,) = references(decode(RateLimitConfig, {"limiter": "rate_limiter/shared"}))
    assert (found.extension, found.capabilities) == ("rate_limiter/shared", ("rate_limiter",))
