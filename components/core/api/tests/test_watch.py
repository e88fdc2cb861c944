"""A watched value: late readers see it at once, slow ones see the latest, each reads for itself."""

import asyncio

import pytest

from penstock_api.capability import watch_channel


async def _next(values):
    return await anext(values)


async def test_r_59_a_late_reader_sees_the_current_value_at_once():
    publisher, watch = watch_channel(1)
    publisher.publish(2)
    assert watch.current == 2
    assert await anext(watch.values()) == 2


async def test_r_59_a_slow_reader_sees_only_the_latest_and_the_others_are_not_kept_waiting():
    publisher, watch = watch_channel(0)
    slow, quick = watch.values(), watch.values()
    assert (await anext(slow), await anext(quick)) == (0, 0)
    publisher.publish(1)
    assert await anext(quick) == 1
    publisher.publish(2)
    assert (await anext(slow), await anext(quick)) == (2, 2)


async def test_a_reader_that_waits_is_woken_and_one_that_is_cancelled_leaves_nothing_behind():
    publisher, watch = watch_channel("a")
    values = watch.values()
    await anext(values)
    waiting = asyncio.get_running_loop().create_task(_next(values))
    await asyncio.sleep(0)
    publisher.publish("b")
    assert await waiting == "b"
    other = watch.values()
    await anext(other)
    cancelled = asyncio.get_running_loop().create_task(_next(other))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    publisher.publish("c")
    assert watch.current == "c"


async def test_a_closed_watch_ends_every_iteration_and_takes_no_value():
    publisher, watch = watch_channel(1)
    values = watch.values()
    await anext(values)
    publisher.close()
    assert [value async for value in values] == []
    with pytest.raises(RuntimeError, match="watch is closed"):
        publisher.publish(2)
