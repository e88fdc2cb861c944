"""What is buffered is bounded, and every item is sent or counted."""

import asyncio

import pytest

from penstock_api import PartialError, PermanentError, RetryableError
from penstock_processor_batch import BatchConfig, factory
from penstock_testkit import RecordingConsumer, make_settings, names_of, running, settle, start, stop, traces

SIZE_10 = BatchConfig(send_batch_size=10)


def create(config: BatchConfig = SIZE_10, **answers):
    settings, onward = make_settings("processor", "batch"), RecordingConsumer(**answers)
    return factory.create_traces(settings, config, onward), onward, settings


async def sending(processor, *batches):
    """One task per batch, as receivers have one per request."""
    tasks = [asyncio.get_running_loop().create_task(processor.consume(batch)) for batch in batches]
    await settle()
    return tasks


def dropped(settings) -> float:
    return settings.meter.value("otelcol_processor_batch_dropped_spans", processor="batch")


async def test_a_slow_sender_makes_consume_wait_once_a_full_batch_is_waiting():
    processor, onward, settings = create()
    onward.hold()
    async with running(processor, clock=settings.clock):
        under_way, waiting, third = await sending(processor, traces(10), traces(10), traces(10))
        assert (under_way.done(), waiting.done(), third.done()) == (True, True, False)
        onward.release()
        await third
    assert onward.items == 30


async def test_those_who_wait_are_served_in_order():
    processor, onward, settings = create()
    onward.hold()
    async with running(processor, clock=settings.clock):
        tasks = await sending(processor, *(traces(5, first=5 * number) for number in range(20)))
        assert sum(task.done() for task in tasks) == 4
        onward.release()
        await asyncio.gather(*tasks)
    names = [name for batch in onward.batches for name in names_of(batch)]
    assert names == [f"span-{number}" for number in range(100)]
    assert [len(batch) for batch in onward.batches] == [10] * 10


async def test_a_sender_that_gives_up_waiting_is_not_sent():
    processor, onward, settings = create()
    onward.hold()
    async with running(processor, clock=settings.clock):
        *_, gone, stays = await sending(
            processor, traces(10), traces(10, first=10), traces(10, first=20), traces(10, first=30)
        )
        gone.cancel()
        await settle()
        onward.release()
        await stays
    names = [name for batch in onward.batches for name in names_of(batch)]
    assert names == [f"span-{number}" for number in (*range(20), *range(30, 40))]


@pytest.mark.parametrize("error", [RetryableError("backend is down"), PermanentError("never")])
async def test_items_that_cannot_be_sent_are_counted_and_logged(error, caplog):
    processor, onward, settings = create(always=error)
    async with running(processor, clock=settings.clock):
        await processor.consume(traces(10))
        await settle()
        onward.script()
        await processor.consume(traces(10))
    assert (onward.items, dropped(settings)) == (10, 10)
    record = next(one for one in caplog.records if one.message == "Sender failed")
    assert (record.error, record.dropped_items) == (str(error), 10)


async def test_of_a_batch_accepted_in_part_the_refused_items_are_counted():
    processor, onward, settings = create(always=PartialError("too old", rejected=3))
    async with running(processor, clock=settings.clock):
        await processor.consume(traces(10))
    assert (onward.items, dropped(settings)) == (7, 3)


async def test_shutdown_sends_what_is_buffered():
    processor, onward, settings = create()
    await start(processor)
    await processor.consume(traces(7))
    await stop(processor, clock=settings.clock)
    await stop(processor, clock=settings.clock)
    assert onward.items == 7


async def test_what_is_not_sent_by_the_deadline_is_counted():
    processor, onward, settings = create()
    await start(processor)
    onward.hold()
    tasks = await sending(processor, traces(10), traces(10), traces(10))
    stopping = asyncio.get_running_loop().create_task(stop(processor, clock=settings.clock, within=5.0))
    await settings.clock.advance(4.9)
    assert not stopping.done()
    await settings.clock.advance(0.1)
    await stopping
    with pytest.raises(RetryableError, match="the batch processor has stopped"):
        await tasks[2]
    assert (onward.items, dropped(settings)) == (0, 20)


async def test_after_shutdown_batches_are_refused():
    processor, _onward, settings = create()
    await start(processor)
    await stop(processor, clock=settings.clock)
    with pytest.raises(RetryableError, match="the batch processor has stopped"):
        await processor.consume(traces(1))


async def test_shutdown_without_start_is_safe_and_counts_what_it_holds():
    processor, _onward, settings = create()
    await processor.consume(traces(2))
    await stop(processor, clock=settings.clock)
    assert dropped(settings) == 2
    assert settings.clock.waiting == 0


async def test_a_defect_onward_ends_the_processor_and_loses_no_count():
    class Broken:
        async def consume(self, batch):
            raise ZeroDivisionError("a defect")

    settings = make_settings("processor", "batch")
    processor = factory.create_traces(settings, SIZE_10, Broken())
    await start(processor)
    await processor.consume(traces(10))
    await settle()
    with pytest.raises(RetryableError, match="has stopped"):
        await processor.consume(traces(1))
    await stop(processor, clock=settings.clock)
    assert dropped(settings) == 10
    assert [str(error) for error in settings.tasks.failures] == ["a defect"]
    settings.tasks.failures.clear()


async def test_what_comes_in_is_sent_or_counted_whatever_the_backend_answers():
    answers = [
        None,
        RetryableError("busy"),
        PartialError("some", rejected=2),
        None,
        PermanentError("no"),
    ] * 20
    settings, onward = make_settings("processor", "batch"), RecordingConsumer(*answers)
    processor = factory.create_traces(settings, BatchConfig(send_batch_size=7, send_batch_max_size=9), onward)
    async with running(processor, clock=settings.clock):
        for number in range(100):
            await processor.consume(traces(number % 13 + 1))
    accepted = sum(number % 13 + 1 for number in range(100))
    assert onward.items + dropped(settings) == accepted
