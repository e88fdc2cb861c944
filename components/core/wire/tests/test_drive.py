"""A handler runs at once; only what waits becomes a task."""

import asyncio
import contextlib
import weakref

import anyio
import anyio.lowlevel
import httpx
import pytest

from penstock_testkit import settle
from penstock_wire.drive import Rest, begin

BOTH_LOOPS = True


@pytest.fixture
async def run():
    """`run(work)` begins it in a callback, as a connection does; gives the task if one is needed.

    How work ended that needed one is in `outcomes`.
    """
    loop, outcomes = asyncio.get_running_loop(), []

    async def start(work):
        ran = loop.create_future()

        def start_now():
            try:
                left = begin(loop, work)
                task = left.go_on(loop.create_task, outcomes.append) if isinstance(left, Rest) else None
                ran.set_result(task)
            except Exception as error:  # noqa: BLE001 - the test is told
                ran.set_exception(error)

        loop.call_soon(start_now)
        return await ran

    start.outcomes = outcomes
    return start


async def test_what_does_not_wait_needs_no_task(run):
    done = []

    async def work():
        done.append(asyncio.current_task() is not None)

    assert await run(work()) is None
    assert (done, run.outcomes) == ([True], [])


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

    assert begin(loop, work()) is None
    assert seen != [me]
    assert asyncio.current_task() is me


async def test_the_current_task_is_one_and_the_same_from_beginning_to_end_and_can_be_referred_to_weakly(run):
    seen = []

    async def work():
        for _ in range(3):
            seen.append(asyncio.current_task())
            await asyncio.sleep(0)

    task = await run(work())
    await task
    assert len(set(map(id, seen))) == 1
    assert weakref.ref(seen[0])() is seen[0]
    assert (seen[0].get_coro(), seen[0].get_name(), seen[0].done()) == (
        task.get_coro(),
        task.get_name(),
        True,
    )


@pytest.mark.parametrize("waits", [False, True])
async def test_scopes_of_anyio_end_where_they_began(run, waits):
    done = []

    async def work():
        with anyio.move_on_after(10) as scope:
            if waits:
                await anyio.lowlevel.checkpoint()
        with contextlib.suppress(TimeoutError), anyio.fail_after(0):
            await anyio.sleep_forever()
        done.append(scope.cancelled_caught)

    task = await run(work())
    await task
    assert done == [False]


async def test_a_group_of_anyio_is_cancelled_from_outside(run):
    ended = []

    async def child():
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("child")

    async def work():
        async with anyio.create_task_group() as group:
            group.start_soon(child)
            group.start_soon(child)

    task = await run(work())
    await settle()
    task.cancel()
    await asyncio.wait((task,))
    assert (ended, task.cancelled()) == (["child"] * 2, True)


async def test_a_group_of_anyio_ends_with_its_first_failure(run):
    caught = []

    async def fail():
        raise KeyError("one of two")

    async def work():
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(fail)
                group.start_soon(anyio.sleep_forever)
        except* KeyError as errors:
            caught.extend(errors.exceptions)

    await (await run(work()))
    assert len(caught) == 1


async def test_work_may_call_other_servers_with_httpx(run):
    heard = []

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    async def work():
        async with httpx.AsyncClient(timeout=5) as web:
            heard.append((await web.get(url)).text)
        with contextlib.suppress(httpx.ConnectError):
            async with httpx.AsyncClient(timeout=5) as web:
                await web.get("http://127.0.0.1:1/")

    await (await run(work()))
    server.close()
    assert heard == ["hello"]


async def test_work_that_cancels_itself_ends_where_it_waits_next(run):
    ended = []

    async def work():
        me = asyncio.current_task()
        assert (me.cancel(), me.cancel(), me.cancelling(), me.uncancel()) == (True, True, 2, 1)
        try:
            await asyncio.sleep(10)
        finally:
            ended.append(me.cancelling())

    task = await run(work())
    await asyncio.wait((task,))
    assert (ended, task.cancelled()) == ([1], True)


async def test_before_there_is_a_task_nothing_else_is_known_of_it(run):
    seen = []

    async def work():
        me = asyncio.current_task()
        seen.extend((me.get_name(), me.done(), hasattr(me, "get_coro")))

    assert await run(work()) is None
    assert seen == ["a request", False, False]


async def test_a_result_and_an_error_are_told_however_long_it_took(run):
    loop = asyncio.get_running_loop()

    async def give(value, *, late):
        if late:
            await asyncio.sleep(0)
        if isinstance(value, Exception):
            raise value
        return value

    assert begin(loop, give(1, late=False)) == 1
    with pytest.raises(KeyError, match="2"):
        begin(loop, give(KeyError(2), late=False))
    error = KeyError(4)
    for value in (3, error):
        await (await run(give(value, late=True)))
    assert run.outcomes == [3, error]


@pytest.mark.parametrize("late", [False, True], ids=["before the task begins", "after"])
async def test_who_is_cancelled_is_told_of_once(run, late):
    async def work():
        await asyncio.sleep(10)

    task = await run(work())
    if late:
        await settle()
    task.cancel()
    await asyncio.wait((task,))
    await settle()
    assert [type(one) for one in run.outcomes] == [asyncio.CancelledError]
