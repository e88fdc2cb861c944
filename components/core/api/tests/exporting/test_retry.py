import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock_api import PartialError, PermanentError, RetryableError
from penstock_api.exporting import RetryConfig
from penstock_api.exporting.retry import Retry
from penstock_testkit import RecordingConsumer, make_settings, settle, traces


class Backend(RecordingConsumer):
    """Notes when it was tried."""

    def __init__(self, clock, *answers, always=None):
        super().__init__(*answers, always=always)
        self.clock, self.times = clock, []

    async def consume(self, batch, /):
        self.times.append(self.clock.now())
        await super().consume(batch)


def waits(times):
    return [later - earlier for earlier, later in itertools.pairwise(times)]


async def retrying(seconds, config=None, *answers, always=None, chance=lambda: 0.5):
    """Send one batch through a retry, let `seconds` pass; the backend and the error, if any."""
    settings = make_settings("exporter")
    backend = Backend(settings.clock, *answers, always=always)
    retry = Retry(settings, config or RetryConfig(), backend, chance=chance)
    call = asyncio.gather(retry.consume(traces(1)), return_exceptions=True)
    await settings.clock.advance(seconds)
    assert call.done()
    return backend, (await call)[0]


async def test_waits_grow_by_half_and_are_capped_and_end_after_five_minutes():
    backend, error = await retrying(400, always=RetryableError("down", code=14))
    assert waits(backend.times)[:6] == pytest.approx([5, 7.5, 11.25, 16.875, 25.3125, 30])
    assert waits(backend.times)[6:] == pytest.approx([30] * len(waits(backend.times)[6:]))
    assert 270 < backend.times[-1] <= 300
    assert str(error) == "no more retries left: down"
    assert isinstance(error, RetryableError)
    assert error.code == 14


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(0, 1))
async def test_waits_are_spread_by_at_most_half(chance):
    backend, _ = await retrying(
        400, None, RetryableError("down"), RetryableError("down"), chance=lambda: chance
    )
    first, second = waits(backend.times)
    assert 2.5 <= first <= 7.5
    assert 3.75 <= second <= 11.25


async def test_real_chance_is_within_the_spread():
    settings = make_settings("exporter")
    backend = Backend(settings.clock, RetryableError("down"))
    call = asyncio.gather(Retry(settings, RetryConfig(), backend).consume(traces(1)))
    await settings.clock.advance(8)
    await call
    assert 2.5 <= waits(backend.times)[0] <= 7.5


@pytest.mark.parametrize(("after", "expected"), [(1.0, 5.0), (20.0, 20.0)])
async def test_the_servers_delay_is_a_lower_limit(after, expected):
    backend, error = await retrying(100, None, RetryableError("slow down", after=after))
    assert waits(backend.times) == [pytest.approx(expected)]
    assert error is None


async def test_zero_elapsed_time_tries_for_ever():
    backend, error = await retrying(4000, RetryConfig(max_elapsed_time=0.0), *[RetryableError("down")] * 100)
    assert len(backend.times) == 101
    assert error is None


@pytest.mark.parametrize("answer", [PermanentError("bad"), PartialError("some", rejected=1)])
async def test_what_is_not_retryable_is_tried_once(answer):
    backend, error = await retrying(0, always=answer)
    assert error is answer
    assert len(backend.offered) == 1


async def test_stop_ends_the_wait_with_one_last_try():
    settings = make_settings("exporter")
    backend = RecordingConsumer(RetryableError("down"))
    retry = Retry(settings, RetryConfig(), backend)
    call = asyncio.gather(retry.consume(traces(1)))
    await settle()
    retry.stop()
    await call
    assert backend.items == 1
    assert settings.clock.waiting == 0


async def test_an_attempt_that_fails_during_stop_is_not_the_last_one():
    settings = make_settings("exporter")
    backend = RecordingConsumer(RetryableError("down"))
    backend.hold()
    retry = Retry(settings, RetryConfig(), backend)
    call = asyncio.gather(retry.consume(traces(1)))
    await settle()
    retry.stop()
    backend.release()
    await call
    assert backend.items == 1


async def test_after_stop_nothing_is_tried_again():
    backend = RecordingConsumer(always=RetryableError("down"))
    retry = Retry(make_settings("exporter"), RetryConfig(), backend)
    retry.stop()
    with pytest.raises(RetryableError, match=r"^down$"):
        await retry.consume(traces(1))
    assert len(backend.offered) == 1
