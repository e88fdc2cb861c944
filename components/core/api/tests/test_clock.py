import asyncio

import pytest

from penstock_api.clock import within
from penstock_testkit import FakeClock


async def test_a_block_that_is_too_slow_times_out():
    clock = FakeClock()

    async def wait():
        async with within(clock, 3):
            await asyncio.Event().wait()

    task = asyncio.gather(wait(), return_exceptions=True)
    await clock.advance(2.9)
    assert not task.done()
    await clock.advance(0.1)
    assert [type(error) for error in await task] == [TimeoutError]


async def test_a_block_in_time_leaves_no_timer():
    clock = FakeClock()
    async with within(clock, 3):
        pass
    assert clock.waiting == 0


async def test_a_cancelled_block_is_cancelled_and_not_timed_out():
    clock = FakeClock()

    async def wait():
        async with within(clock, 3):
            await asyncio.Event().wait()

    task = asyncio.gather(wait())
    await clock.advance(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
