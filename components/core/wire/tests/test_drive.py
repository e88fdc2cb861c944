"""A handler runs at once; only what waits becomes a task."""

import asyncio

import pytest

from penstock_testkit import settle
from penstock_wire.drive import drive


@pytest.fixture
async def run():
    """`run(work)` drives it from a callback, as a connection does; the tasks that were needed are in `tasks`."""
    loop, tasks = asyncio.get_running_loop(), []

    async def start(work):
        ran = loop.create_future()

        def spawn(rest):
            tasks.append(loop.create_task(rest))
            return tasks[-1]

        loop.call_soon(lambda: ran.set_result(drive(loop, work, spawn)))
        return await ran

    start.tasks = tasks
    return start


async def test_what_does_not_wait_needs_no_task(run):
    done = []

    async def work():
        done.append(asyncio.current_task() is not None)

    assert await run(work()) is None
    assert (done, run.tasks) == ([True], [])


async def test_what_waits_goes_on_as_a_task(run):
    gate, done = asyncio.get_running_loop().create_future(), []

    async def work():
        done.append(await gate)
        await asyncio.sleep(0)
        done.append("end")

    task = await run(work())
    gate.set_result("open")
    await task
    assert done == ["open", "end"]


async def test_an_error_of_what_it_waits_for_reaches_it(run):
    gate, caught = asyncio.get_running_loop().create_future(), []

    async def work():
        try:
            await gate
        except KeyError as error:
            caught.append(error)

    task = await run(work())
    gate.set_exception(KeyError("no"))
    await task
    assert len(caught) == 1


@pytest.mark.parametrize("late", [False, True], ids=["before the task begins", "after"])
async def test_cancelling_the_task_cancels_the_work_and_what_it_waits_for(run, late):
    gate, ended = asyncio.get_running_loop().create_future(), []

    async def work():
        try:
            await gate
        except asyncio.CancelledError:
            ended.append(True)

    task = await run(work())
    if late:
        await settle()
    task.cancel()
    await settle()
    assert (ended, gate.cancelled()) == ([True], True)


async def test_a_time_limit_that_begins_without_a_task_ends_the_work(run):
    ended = []

    async def work():
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            ended.append(True)

    await (await run(work()))
    assert ended == [True]


async def test_a_group_that_begins_without_a_task_is_whole(run):
    done = []

    async def fail():
        raise KeyError("one of two")

    async def work():
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
                group.create_task(asyncio.sleep(100))
        except* KeyError:
            done.append(True)

    await (await run(work()))
    assert done == [True]


async def test_it_can_be_driven_from_within_a_task():
    loop, seen, me = asyncio.get_running_loop(), [], asyncio.current_task()

    async def work():
        seen.append(asyncio.current_task())

    assert drive(loop, work(), loop.create_task) is None
    assert seen != [me]
    assert asyncio.current_task() is me
