import asyncio

import pytest

from penstock_api import PartialError, PermanentError, RetryableError
from penstock_testkit import RecordingConsumer, logs, names_of, settle, traces


async def test_it_collects_what_it_accepts():
    consumer = RecordingConsumer()
    await consumer.consume(logs(2))
    await consumer.consume(logs(1, first=2))
    assert [name for batch in consumer.batches for name in names_of(batch)] == ["log-0", "log-1", "log-2"]
    assert consumer.items == 3


async def test_it_answers_by_its_script_and_then_always_the_same():
    consumer = RecordingConsumer(RetryableError("later"), None, always=PermanentError("never"))
    with pytest.raises(RetryableError, match="later"):
        await consumer.consume(logs(2))
    await consumer.consume(logs(2))
    for _ in range(2):
        with pytest.raises(PermanentError, match="never"):
            await consumer.consume(logs(2))
    assert (consumer.items, consumer.refused, len(consumer.offered), len(consumer.batches)) == (2, 6, 4, 1)


async def test_a_new_script_replaces_the_old_one():
    consumer = RecordingConsumer(always=PermanentError("never"))
    consumer.script()
    await consumer.consume(logs(2))
    assert consumer.items == 2


async def test_a_partial_error_counts_the_accepted_items():
    consumer = RecordingConsumer(PartialError("some", rejected=1))
    with pytest.raises(PartialError):
        await consumer.consume(logs(3))
    assert (consumer.items, consumer.refused) == (2, 1)


async def test_a_held_consumer_lets_its_sender_wait():
    consumer = RecordingConsumer()
    consumer.hold()
    sender = asyncio.get_running_loop().create_task(consumer.consume(traces(4)))
    await consumer.tried(1)
    await settle()
    assert not sender.done()
    consumer.release()
    await sender
    assert consumer.items == 4


async def test_received_waits_for_items_of_other_tasks():
    consumer = RecordingConsumer()
    waiting = asyncio.get_running_loop().create_task(consumer.received(3))
    await settle()
    await consumer.consume(traces(1))
    await consumer.consume(traces(2))
    assert len(await waiting) == 2


async def test_items_that_do_not_come_fail_the_test():
    with pytest.raises(AssertionError, match="expected 3 items, received 0"):
        await RecordingConsumer().received(3, within=0)


async def test_offers_that_do_not_come_fail_the_test():
    with pytest.raises(AssertionError, match="expected 1 offers, got 0"):
        await RecordingConsumer().tried(1, within=0)
