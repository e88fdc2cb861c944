import asyncio
import contextlib
import logging

import pytest

from penstock_api import Deadline
from penstock_engine import TaskScope
from penstock_testkit import FakeClock, settle


@pytest.fixture
def failures():
    return []


@pytest.fixture
def scope(failures):
    return TaskScope("the owner", failures.append, logging.getLogger("test"))


async def test_a_task_is_named_after_its_owner_and_its_work(scope):
    task = scope.spawn(asyncio.sleep(0), name="nothing")
    assert task.get_name() == "the owner: nothing"
    await task


async def test_the_failure_of_a_task_is_heard_of(scope, failures):
    async def fail():
        raise ValueError("broken")

    scope.spawn(fail(), name="failing")
    await settle()
    assert [str(error) for error in failures] == ["broken"]


async def test_a_task_that_ends_or_is_cancelled_is_no_failure(scope, failures):
    scope.spawn(asyncio.sleep(0), name="ends")
    scope.spawn(asyncio.Event().wait(), name="cancelled").cancel()
    await settle()
    assert failures == []


async def test_a_cancellation_that_nobody_asked_for_is_a_failure(scope, failures):
    async def trip():
        lost = asyncio.get_running_loop().create_future()
        lost.cancel()
        await lost

    scope.spawn(trip(), name="trips")
    await settle()
    assert [repr(error) for error in failures] == ["CancelledError('nobody asked for it')"]


async def test_closing_cancels_what_still_runs_and_logs_its_names(scope, caplog):
    caplog.set_level(logging.DEBUG)
    ended = asyncio.Event()

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    scope.spawn(work(), name="left over")
    await settle()
    await scope.close()
    assert ended.is_set()
    [record] = caplog.records
    assert record.message == "cancelled tasks left at shutdown"
    assert record.tasks == ["the owner: left over"]


async def test_closing_with_nothing_left_says_nothing(scope, caplog):
    caplog.set_level(logging.DEBUG)
    scope.spawn(asyncio.sleep(0), name="ends")
    await settle()
    await scope.close()
    await scope.close()
    assert caplog.records == []


async def test_a_task_that_does_not_end_is_left_at_the_deadline_and_named(scope, caplog):
    clock, end = FakeClock(), asyncio.Event()

    async def cling():
        while not end.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await end.wait()

    task = scope.spawn(cling(), name="clings")
    await settle()
    closing = asyncio.get_running_loop().create_task(scope.close(Deadline.after(clock, 2)))
    await clock.advance(2)
    await closing
    [record] = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.message == "tasks do not end when they are cancelled"
    assert record.tasks == ["the owner: clings"]
    end.set()
    await task
