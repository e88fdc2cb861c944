import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock_api import (
    Client,
    PartialError,
    PermanentError,
    RetryableError,
    Signal,
    Traces,
)
from penstock_api.exporting import Exporting, PartitionConfig, QueueBatchConfig, QueueConfig
from penstock_api.exporting.batching import SIZERS, cut
from penstock_testkit import RecordingConsumer, make, make_settings, names_of, running, settle, traces


def exporting(push, batch, **queue):
    settings = make_settings("exporter")
    config = QueueConfig(batch=batch, **queue)
    return Exporting(settings, Signal.TRACES, push, queue=config), settings


def all_names(batches):
    return [name for batch in batches for name in names_of(batch)]


async def test_min_size_sends_at_once():
    backend = RecordingConsumer()
    exporter, _ = exporting(backend, QueueBatchConfig(min_size=4))
    async with running(exporter):
        for first in (0, 2):
            await exporter.consume(traces(2, first=first))
        await backend.received(4)
        assert [names_of(one) for one in backend.batches] == [["span-0", "span-1", "span-2", "span-3"]]


async def test_flush_timeout_counts_from_the_first_item():
    backend = RecordingConsumer()
    exporter, settings = exporting(backend, QueueBatchConfig(flush_timeout=1.0))
    async with running(exporter):
        await exporter.consume(traces(1))
        await settings.clock.advance(0.9)
        await exporter.consume(traces(1, first=1))
        assert backend.batches == []
        await settings.clock.advance(0.1)
        assert [names_of(one) for one in backend.batches] == [["span-0", "span-1"]]
        assert settings.clock.waiting == 0


async def test_min_size_zero_sends_every_batch_as_it_is():
    backend = RecordingConsumer()
    exporter, _ = exporting(backend, QueueBatchConfig(min_size=0))
    async with running(exporter):
        for _ in range(3):
            await exporter.consume(traces(2))
    assert [len(one) for one in backend.batches] == [2, 2, 2]


async def test_a_large_batch_is_cut_and_the_rest_waits_anew():
    backend = RecordingConsumer()
    exporter, settings = exporting(backend, QueueBatchConfig(min_size=4, max_size=5, flush_timeout=1.0))
    async with running(exporter):
        await exporter.consume(traces(3))
        await settings.clock.advance(0.9)
        await exporter.consume(traces(10, first=3))
        await settings.clock.advance(0.9)
        assert [len(one) for one in backend.batches] == [5, 5]
        await settings.clock.advance(0.1)
    assert [len(one) for one in backend.batches] == [5, 5, 3]
    assert all_names(backend.batches) == [f"span-{number}" for number in range(13)]


async def test_an_item_larger_than_max_size_is_sent_alone():
    backend = RecordingConsumer()
    exporter, _ = exporting(backend, QueueBatchConfig(min_size=1, max_size=10, sizer="bytes"))
    async with running(exporter):
        await exporter.consume(traces(2))
    assert [len(one) for one in backend.batches] == [1, 1]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    signal=st.sampled_from(Signal),
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=10),
    limit=st.integers(1, 40),
)
def test_cutting_keeps_every_item_once_and_the_limit(signal, sizes, limit):
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    parts = [make(signal, size, first=start) for size, start in zip(sizes, starts, strict=True)]
    whole = type(parts[0]).join(parts)
    by_items = cut(whole, limit, SIZERS["items"])
    assert all_names(by_items) == names_of(whole)
    assert all(len(piece) == limit for piece in by_items[:-1])
    assert 0 < len(by_items[-1]) <= max(limit, 1)
    by_bytes = cut(whole, limit * 100, SIZERS["bytes"])
    assert all_names(by_bytes) == names_of(whole)
    assert all(piece.size <= limit * 100 or len(piece) == 1 for piece in by_bytes)


async def outcomes(answers, sizes, **batch):
    """What the senders of batches of `sizes` are told when the backend gives `answers`."""
    exporter, _ = exporting(
        RecordingConsumer(*answers), QueueBatchConfig(**batch), wait_for_result=True, num_consumers=1
    )
    async with running(exporter):
        calls = asyncio.gather(*(exporter.consume(traces(size)) for size in sizes), return_exceptions=True)
        await settle()
    return await calls


def told(outcome):
    kind = type(outcome).__name__
    return (kind, outcome.rejected) if isinstance(outcome, PartialError) else kind


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([None, None], ["NoneType", "NoneType"]),
        ([PermanentError("never"), None], ["PermanentError", ("PartialError", 2)]),
        ([None, PermanentError("never")], ["NoneType", ("PartialError", 4)]),
        ([PermanentError("never"), PermanentError("never")], ["PermanentError", "PermanentError"]),
        ([RetryableError("later"), PermanentError("never")], ["RetryableError", "RetryableError"]),
        ([PartialError("some", rejected=4), None], [("PartialError", 3), ("PartialError", 1)]),
    ],
)
async def test_each_sender_is_told_when_all_parts_of_its_batch_are_done(answers, expected):
    """Batches of 3 and 6 items leave as 5 (3 + 2) and 4."""
    assert list(map(told, await outcomes(answers, (3, 6), min_size=4, max_size=5))) == expected


async def test_room_is_free_only_when_all_parts_are_done():
    backend = RecordingConsumer()
    exporter, settings = exporting(backend, QueueBatchConfig(min_size=1, max_size=2), num_consumers=1)
    async with running(exporter):
        await exporter.consume(traces(4))
        await backend.received(2)
        backend.hold()
        await settle()
        backend.release()
    assert settings.meter.value("otelcol_exporter_queue_size") == 0
    assert backend.items == 4


def from_tenant(batch, *values):
    metadata = {"x-tenant": values} if values else {}
    return Traces.from_wire(
        batch.to_bytes(), Client(address="127.0.0.1:1", metadata={**metadata, "other": ("x",)})
    )


async def test_partitions_are_never_mixed_and_keep_their_metadata():
    backend = RecordingConsumer()
    partition = PartitionConfig(metadata_keys=("X-Tenant",))
    exporter, settings = exporting(backend, QueueBatchConfig(min_size=100, partition=partition))
    async with running(exporter):
        for number, values in enumerate([("a",), ("b",), ("a",), (), ("",), ()]):
            await exporter.consume(from_tenant(traces(1, first=number), *values))
        await settings.clock.advance(0.2)
    assert [names_of(one) for one in backend.batches] == [
        ["span-0", "span-2"],
        ["span-1"],
        ["span-3", "span-5"],
        ["span-4"],
    ]
    assert [one.client.metadata.get("x-tenant") for one in backend.batches] == [("a",), ("b",), None, ("",)]
    assert backend.batches[0].client == Client(metadata={"x-tenant": ("a",)})
