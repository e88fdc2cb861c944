import asyncio

import pytest

from penstock_api import Deadline
from penstock_engine import LoopClock, within
from penstock_testkit import FakeClock


async def test_work_that_ends_in_time_is_left_alone():
    clock = FakeClock()
    async with within(Deadline.after(clock, 1)):
        await asyncio.sleep(0)
    assert clock.waiting == 0


async def test_work_is_cut_off_at_the_deadline_by_its_clock():
    clock = FakeClock()

    async def work():
        async with within(Deadline.after(clock, 2), grace=1):
            await asyncio.Event().wait()

    working = asyncio.get_running_loop().create_task(work())
    await clock.advance(2.9)
    assert not working.done()
    await clock.advance(0.1)
    with pytest.raises(TimeoutError):
        await working


@pytest.mark.parametrize("clock", [FakeClock(), LoopClock()], ids=["fake", "real"])
async def test_a_deadline_that_has_passed_cuts_off_at_once(clock):
    with pytest.raises(TimeoutError):
        async with within(Deadline(clock, clock.now() - 1)):
            await asyncio.Event().wait()
