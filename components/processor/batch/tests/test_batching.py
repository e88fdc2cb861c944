import pytest

from penstock_api import NO_CLIENT, Client, Signal, Traces, batch_type
from penstock_processor_batch import BatchConfig, factory
from penstock_testkit import RecordingConsumer, make, make_settings, names_of, running, settle, traces


def create(config: BatchConfig, settings=None, signal=Signal.TRACES, onward=None):
    settings = settings or make_settings("processor", "batch")
    onward = onward or RecordingConsumer()
    return getattr(factory, f"create_{signal}")(settings, config, onward), onward, settings


def sizes(onward: RecordingConsumer) -> list[int]:
    return [len(batch) for batch in onward.batches]


def all_names(onward: RecordingConsumer) -> list[str]:
    return [name for batch in onward.batches for name in names_of(batch)]


@pytest.mark.parametrize("signal", Signal)
async def test_a_full_batch_leaves_without_waiting_for_the_timeout(signal):
    processor, onward, settings = create(BatchConfig(send_batch_size=6), signal=signal)
    async with running(processor, clock=settings.clock):
        for first in (0, 2, 4):
            await processor.consume(make(signal, 2, first=first))
        await settle()
        assert sizes(onward) == [6]
        assert names_of(onward.batches[0]) == names_of(make(signal, 6))
        assert type(onward.batches[0]) is batch_type(signal)
    assert settings.meter.value("otelcol_processor_batch_batch_size_trigger_send", processor="batch") == 1


async def test_a_batch_that_is_not_full_leaves_when_its_first_item_has_waited_for_the_timeout():
    processor, onward, settings = create(BatchConfig(timeout=0.2))
    async with running(processor, clock=settings.clock):
        await processor.consume(traces(1))
        await settings.clock.advance(0.15)
        await processor.consume(traces(1, first=1))
        assert sizes(onward) == []
        await settings.clock.advance(0.05)
        assert sizes(onward) == [2]
    assert settings.meter.value("otelcol_processor_batch_timeout_trigger_send", processor="batch") == 1


async def test_the_timeout_is_measured_anew_for_every_batch():
    processor, onward, settings = create(BatchConfig(timeout=0.2, send_batch_size=2))
    async with running(processor, clock=settings.clock):
        await processor.consume(traces(1))
        await settings.clock.advance(0.15)
        await processor.consume(traces(1))
        await settle()
        await processor.consume(traces(1))
        await settings.clock.advance(0.15)
        assert sizes(onward) == [2]
        await settings.clock.advance(0.05)
        assert sizes(onward) == [2, 1]


async def test_nothing_waits_for_a_timer_while_nothing_is_buffered():
    processor, _onward, settings = create(BatchConfig(send_batch_size=2))
    async with running(processor, clock=settings.clock):
        await processor.consume(traces(2))
        await settle()
        assert settings.clock.waiting == 0


@pytest.mark.parametrize("config", [BatchConfig(timeout=0.0), BatchConfig(send_batch_size=0)])
async def test_size_zero_or_timeout_zero_sends_at_once(config):
    processor, onward, settings = create(config)
    async with running(processor, clock=settings.clock):
        await processor.consume(traces(1))
        await settle()
        await processor.consume(traces(3))
        await settle()
        assert sizes(onward) == [1, 3]


async def test_no_batch_exceeds_the_maximum_and_every_item_is_sent_once_in_order():
    config = BatchConfig(send_batch_size=128, send_batch_max_size=130)
    processor, onward, settings = create(config)
    async with running(processor, clock=settings.clock):
        for request in range(10):
            await processor.consume(traces(150, first=request * 150))
    assert sizes(onward) == [130] * 11 + [70]
    assert all_names(onward) == [f"span-{number}" for number in range(1500)]


async def test_what_a_split_leaves_over_waits_for_more():
    processor, onward, settings = create(BatchConfig(send_batch_size=10, send_batch_max_size=10, timeout=0.2))
    async with running(processor, clock=settings.clock):
        await processor.consume(traces(13))
        await settings.clock.advance(0.19)
        assert sizes(onward) == [10]
        await settings.clock.advance(0.01)
        assert sizes(onward) == [10, 3]


async def test_a_request_far_above_the_maximum_is_split():
    processor, onward, settings = create(BatchConfig(send_batch_size=4, send_batch_max_size=4))
    async with running(processor, clock=settings.clock):
        await processor.consume(traces(1000))
    assert sizes(onward) == [4] * 250
    assert all_names(onward) == [f"span-{number}" for number in range(1000)]


async def test_joining_copies_no_buffer():
    processor, onward, settings = create(BatchConfig(send_batch_size=4))
    first, second = traces(2), traces(2, first=2)
    async with running(processor, clock=settings.clock):
        await processor.consume(first)
        await processor.consume(second)
        await settle()
    assert onward.batches[0].wire[0] is first.wire[0]
    assert onward.batches[0].wire[1] is second.wire[0]


async def test_a_batch_that_is_alone_passes_as_it_is():
    processor, onward, settings = create(BatchConfig(send_batch_size=2))
    batch = traces(2)
    async with running(processor, clock=settings.clock):
        await processor.consume(batch)
        await settle()
    assert onward.batches[0] is batch


async def test_an_empty_batch_is_nothing_to_send():
    processor, onward, settings = create(BatchConfig())
    async with running(processor, clock=settings.clock):
        await processor.consume(Traces.from_wire(b""))
        assert settings.clock.waiting == 0
    assert onward.offered == []


async def test_without_metadata_keys_no_metadata_survives():
    processor, onward, settings = create(BatchConfig(send_batch_size=1))
    batch = Traces.from_wire(traces(1).to_bytes(), Client("10.0.0.1", {"tenant": ("a",)}))
    async with running(processor, clock=settings.clock):
        await processor.consume(batch)
        await settle()
    assert onward.batches[0].client is NO_CLIENT


async def test_sizes_are_recorded_in_items_and_bytes():
    processor, _onward, settings = create(BatchConfig(send_batch_size=3))
    batch = traces(3)
    async with running(processor, clock=settings.clock):
        await processor.consume(batch)
        await settle()
    assert settings.meter.recorded("otelcol_processor_batch_batch_send_size") == [3]
    assert settings.meter.recorded("otelcol_processor_batch_batch_send_size_bytes") == [batch.size]
