import asyncio

import pytest

from penstock_api import ConfigError, Deadline, PartialError, RetryableError, Signal, decode
from penstock_receiver_traffic_generator import TrafficGeneratorConfig, factory
from penstock_testkit import RecordingConsumer, make_settings, settle

BUSY = RetryableError("busy")


class World:
    """A generator for some signals, whose batches go to one consumer."""

    def __init__(self, *answers, signals=tuple(Signal), always=None, **config):
        self.settings = make_settings("receiver", "traffic_generator")
        self.clock = self.settings.clock
        self.onward = RecordingConsumer(*answers, always=always)
        made = decode(TrafficGeneratorConfig, config)
        parts = [getattr(factory, f"create_{one}")(self.settings, made, self.onward) for one in signals]
        assert len({id(one) for one in parts}) == 1
        self.generator = parts[0]

    async def __aenter__(self):
        await self.generator.start()
        return self

    async def __aexit__(self, *_):
        await self.stop()

    async def stop(self, within=5.0):
        await self.generator.shutdown(Deadline.after(self.clock, within))

    def value(self, outcome, **labels):
        return self.settings.meter.value(f"otelcol_receiver_traffic_generator_{outcome}_items", **labels)


def traffic(**config):
    return {"traffic_config": {"max_batch_size": 10, **config}}


async def test_items_come_at_the_rate_asked_for():
    async with World(**traffic(signals_per_second=20.0)) as world:
        for seconds, items in ((0, 10), (0.49, 10), (0.01, 20), (2, 60)):
            await world.clock.advance(seconds)
            assert world.onward.items == items
    assert world.value("accepted") == 60


async def test_as_many_as_are_taken_and_no_more_than_asked_for():
    async with World(**traffic(signals_per_second=None, max_signal_count=95)) as world:
        await world.onward.received(95)
        await settle()
        assert [len(one) for one in world.onward.batches] == [10] * 9 + [5]


async def test_signals_take_turns_by_their_weights():
    config = traffic(
        signals_per_second=None, max_signal_count=100, trace_weight=1, metric_weight=1, log_weight=3
    )
    async with World(**config) as world:
        await world.onward.received(100)
        found = [batch.signal for batch in world.onward.batches]
        assert [found.count(signal) for signal in Signal] == [2, 2, 6]


@pytest.mark.parametrize("signal", Signal)
async def test_signals_without_a_pipeline_get_no_turn(signal):
    config = traffic(signals_per_second=None, max_signal_count=30)
    async with World(signals=(signal,), **config) as world:
        await world.onward.received(30)
        assert {batch.signal for batch in world.onward.batches} == {signal}
        assert world.value("accepted", signal=signal) == 30


async def test_fresh_batches_differ():
    config = traffic(signals_per_second=None, max_signal_count=30)
    async with World(signals=(Signal.TRACES,), **config) as world:
        await world.onward.received(30)
        spans = [
            span
            for batch in world.onward.batches
            for span in batch.message().resource_spans[0].scope_spans[0].spans
        ]
        assert len({span.span_id for span in spans}) == 30
        assert len({span.trace_id for span in spans}) == 3
        assert [one.attributes[0].value.int_value for one in spans] == list(range(30))


async def test_a_batch_made_before_is_sent_again_and_again():
    config = traffic(signals_per_second=None, max_signal_count=30)
    async with World(signals=(Signal.LOGS,), generation_strategy="pre_generated", **config) as world:
        await world.onward.received(30)
        assert len({id(batch) for batch in world.onward.batches}) == 3
        assert len({id(batch.wire[0]) for batch in world.onward.batches}) == 1


async def test_the_resource_and_the_body_are_as_asked_for():
    config = traffic(signals_per_second=None, max_signal_count=1, log_body_size_bytes=100)
    async with World(signals=(Signal.LOGS,), resource_attributes={"k": "v"}, **config) as world:
        [batch] = await world.onward.received(1)
        entry = batch.message().resource_logs[0]
        assert [(one.key, one.value.string_value) for one in entry.resource.attributes] == [("k", "v")]
        assert len(entry.scope_logs[0].log_records[0].body.string_value) == 100


async def test_what_is_refused_is_counted_and_the_next_batch_is_made():
    some = PartialError("some", rejected=4)
    config = traffic(signals_per_second=None, max_signal_count=30)
    async with World(BUSY, some, signals=(Signal.LOGS,), **config) as world:
        await world.onward.received(16)
        await settle()
        assert (world.value("accepted"), world.value("refused")) == (16, 14)


async def test_one_batch_is_under_way_at_a_time_and_a_stall_is_not_made_up_for():
    async with World(**traffic(signals_per_second=10.0)) as world:
        world.onward.hold()
        await world.clock.advance(100)
        assert len(world.onward.offered) == 1
        world.onward.release()
        await world.clock.advance(0)
        assert len(world.onward.offered) <= 3


async def test_what_hangs_at_the_deadline_is_counted_as_refused():
    world = World(**traffic())
    await world.generator.start()
    world.onward.hold()
    await world.onward.tried(1)
    stopping = asyncio.get_running_loop().create_task(world.stop(within=2))
    await world.clock.advance(2)
    await stopping
    assert world.value("refused") == 10


def test_nothing_at_all_is_a_mistake():
    zero = dict.fromkeys(("trace_weight", "metric_weight", "log_weight"), 0)
    message = "one of `trace_weight`, `metric_weight` and `log_weight` must be positive: all are 0"
    with pytest.raises(ConfigError, match=message):
        decode(TrafficGeneratorConfig, {"traffic_config": zero})


async def test_a_signal_of_weight_nothing_is_not_made():
    config = traffic(signals_per_second=None, max_signal_count=30, log_weight=0)
    async with World(signals=(Signal.LOGS,), **config) as world:
        await settle()
        assert world.onward.offered == []


async def test_a_batch_holds_no_more_than_a_second_of_the_rate():
    async with World(signals=(Signal.LOGS,), traffic_config={"signals_per_second": 3.0}) as world:
        await world.clock.advance(1)
        assert [len(batch) for batch in world.onward.batches] == [3, 3]
