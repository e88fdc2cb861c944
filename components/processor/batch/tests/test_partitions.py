import pytest

from penstock_api import Client, PermanentError, RetryableError, Traces
from penstock_processor_batch import BatchConfig, factory
from penstock_testkit import RecordingConsumer, make_settings, running, settle, start, stop, traces

BY_TENANT = BatchConfig(send_batch_size=4, metadata_keys=("Tenant",), metadata_cardinality_limit=2)


def create(config: BatchConfig = BY_TENANT):
    settings, onward = make_settings("processor", "batch"), RecordingConsumer()
    return factory.create_traces(settings, config, onward), onward, settings


def of(items: int, **metadata: str) -> Traces:
    client = Client("10.0.0.1", {key: (value,) for key, value in metadata.items()})
    return Traces.from_wire(traces(items).to_bytes(), client)


async def test_batches_of_different_metadata_are_never_joined():
    processor, onward, settings = create()
    async with running(processor, clock=settings.clock):
        for tenant in ("a", "b", "a", "b"):
            await processor.consume(of(2, tenant=tenant))
        await settle()
    assert [len(batch) for batch in onward.batches] == [4, 4]
    assert [batch.client.metadata for batch in onward.batches] == [{"tenant": ("a",)}, {"tenant": ("b",)}]


async def test_only_the_listed_metadata_survives():
    processor, onward, settings = create()
    async with running(processor, clock=settings.clock):
        await processor.consume(of(2, tenant="a", request="1"))
        await processor.consume(of(2, tenant="a", request="2"))
        await settle()
    assert [batch.client for batch in onward.batches] == [Client(metadata={"tenant": ("a",)})]


async def test_a_key_that_is_missing_differs_from_one_that_is_empty():
    processor, onward, settings = create()
    async with running(processor, clock=settings.clock):
        await processor.consume(of(2))
        await processor.consume(of(2, tenant=""))
        assert settings.meter.value("otelcol_processor_batch_metadata_cardinality", processor="batch") == 2
    assert [batch.client.metadata for batch in onward.batches] == [{}, {"tenant": ("",)}]


async def test_one_combination_too_many_is_refused_for_good():
    processor, onward, settings = create()
    async with running(processor, clock=settings.clock):
        await processor.consume(of(1, tenant="a"))
        await processor.consume(of(1, tenant="b"))
        with pytest.raises(PermanentError, match="too many batcher metadata-value combinations"):
            await processor.consume(of(1, tenant="c"))
        await processor.consume(of(1, tenant="a"))
    assert onward.items == 3


async def test_limit_zero_is_no_limit():
    processor, onward, settings = create(BY_TENANT.model_copy(update={"metadata_cardinality_limit": 0}))
    async with running(processor, clock=settings.clock):
        for number in range(50):
            await processor.consume(of(1, tenant=str(number)))
    assert onward.items == 50


async def test_after_shutdown_batches_are_refused():
    processor, _onward, settings = create()
    await start(processor)
    await stop(processor, clock=settings.clock)
    with pytest.raises(RetryableError, match="the batch processor has stopped"):
        await processor.consume(of(1, tenant="a"))
