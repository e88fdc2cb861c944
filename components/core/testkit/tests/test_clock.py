import asyncio

import pytest

from penstock_testkit import FakeClock, settle


async def test_time_stands_still_until_it_is_moved():
    clock = FakeClock()
    assert clock.now() == 0.0
    await asyncio.sleep(0)
    assert clock.now() == 0.0
    await clock.advance(1.5)
    assert clock.now() == 1.5
    assert clock.wall_ns() == 1_700_000_001_500_000_000


async def test_timers_run_in_order_each_at_its_own_time():
    clock, seen = FakeClock(), []
    for seconds in (3, 1, 2, 1):
        clock.call_later(seconds, lambda: seen.append(clock.now()))
    await clock.advance(2)
    assert seen == [1.0, 1.0, 2.0]
    assert clock.waiting == 1


async def test_tenths_of_seconds_add_up():
    clock, seen = FakeClock(), []
    clock.call_later(0.3, lambda: seen.append("due"))
    for _ in range(3):
        await clock.advance(0.1)
    assert seen == ["due"]


async def test_a_cancelled_timer_does_not_run():
    clock, seen = FakeClock(), []
    clock.call_later(1, lambda: seen.append("due")).cancel()
    await clock.advance(2)
    assert seen == []
    assert clock.waiting == 0


async def test_a_periodic_sleeper_wakes_as_often_as_it_should():
    clock, ticks = FakeClock(), []

    async def tick():
        while True:
            await clock.sleep(10)
            ticks.append(clock.now())

    task = asyncio.get_running_loop().create_task(tick())
    await clock.advance(35)
    assert ticks == [10.0, 20.0, 30.0]
    task.cancel()
    await settle()
    assert clock.waiting == 0


async def test_a_timer_asked_for_by_a_timer_runs_in_the_same_advance():
    clock, seen = FakeClock(), []
    clock.call_later(1, lambda: clock.call_later(1, lambda: seen.append(clock.now())))
    await clock.advance(5)
    assert seen == [2.0]


async def test_a_sleep_of_no_time_returns_at_once():
    await FakeClock().sleep(0)


async def test_a_task_that_never_waits_is_reported():
    async def spin():
        while True:  # noqa: ASYNC110 - that is the point
            await asyncio.sleep(0)

    task = asyncio.get_running_loop().create_task(spin())
    with pytest.raises(AssertionError, match="the loop did not settle in 1000 rounds: a task never waits"):
        await settle()
    task.cancel()


async def test_settling_serves_sockets():
    served = []

    async def serve(reader, writer):
        served.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello\n")
    await settle()
    assert served == [b"hello\n"]
    writer.close()
    server.close()
    await server.wait_closed()
