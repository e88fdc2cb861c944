import asyncio

import pytest

from penstock_api import ConfigError, Deadline, PartialError, PermanentError, RetryableError, decode
from penstock_processor_retry import RetryProcessorConfig, factory
from penstock_testkit import RecordingConsumer, logs, make_settings, settle

BUSY = RetryableError("busy")


class World:
    def __init__(self, *answers, always=None, **config):
        self.settings = make_settings("processor", "retry")
        self.clock = self.settings.clock
        self.onward = RecordingConsumer(*answers, always=always)
        self.retry = factory.create_logs(self.settings, RetryProcessorConfig(**config), self.onward)

    def send(self, batch=None):
        return asyncio.get_running_loop().create_task(self.retry.consume(batch or logs(3)))

    def value(self, name):
        return self.settings.meter.value(f"otelcol_processor_retry_{name}")

    async def stop(self, within=5.0):
        await self.retry.shutdown(Deadline.after(self.clock, within))


async def test_what_is_refused_for_now_is_offered_again_at_growing_intervals(caplog):
    caplog.set_level("INFO", "penstock")
    world = World(BUSY, BUSY, BUSY)
    sending = world.send()
    for seconds, offers in ((4.9, 1), (0.1, 2), (7.4, 2), (0.1, 3), (11.2, 3), (0.1, 4)):
        await world.clock.advance(seconds)
        assert len(world.onward.offered) == offers
    await sending
    assert (world.onward.items, world.value("attempts"), world.value("in_flight")) == (3, 4, 0)
    assert caplog.messages == ["batch is refused for now, it is offered again after interval"] * 3


async def test_each_attempt_offers_a_copy_of_its_own():
    world = World(BUSY, initial_interval=0.0)
    batch = logs(2)
    sending = world.send(batch)
    await world.clock.advance(1)
    await sending
    assert len({id(batch), *map(id, world.onward.offered)}) == 3


@pytest.mark.parametrize("error", [PermanentError("never"), PartialError("some", rejected=1)])
async def test_what_is_final_comes_back_at_once(error):
    with pytest.raises(type(error)) as caught:
        await World(error).retry.consume(logs(3))
    assert caught.value is error


async def test_when_its_time_is_up_the_sender_is_refused():
    world = World(always=BUSY, max_elapsed_time=10.0, max_interval=6.0)
    sending = world.send()
    await world.clock.advance(20)
    with pytest.raises(RetryableError, match="no more retries left: busy"):
        await sending
    assert len(world.onward.offered) == 2


async def test_only_so_many_batches_are_held_and_senders_of_more_wait():
    world = World(max_in_flight=1)
    world.onward.hold()
    first, second = world.send(), world.send()
    await settle()
    assert (len(world.onward.offered), world.value("in_flight")) == (1, 1)
    world.onward.release()
    await asyncio.gather(first, second)
    assert world.onward.items == 6


async def test_at_shutdown_each_batch_that_waits_is_tried_once_more():
    world = World(BUSY)
    sending = world.send()
    await settle()
    await world.stop()
    await sending
    assert world.onward.items == 3


async def test_when_a_stop_begins_senders_hear_as_soon_as_can_be():
    world = World(BUSY, always=BUSY)
    sending = world.send()
    await settle()
    world.retry.drain(Deadline.after(world.clock, 60))
    with pytest.raises(RetryableError, match="busy"):
        await sending
    world.onward.script()
    await world.retry.consume(logs(3))
    assert world.onward.items == 3


async def test_at_the_deadline_a_sender_whose_outcome_is_unknown_is_refused():
    world = World()
    world.onward.hold()
    sending = world.send()
    await settle()
    await world.stop(within=0)
    with pytest.raises(RetryableError, match="the retry processor has stopped before the outcome was known"):
        await sending


async def test_once_stopped_it_refuses():
    world = World(max_in_flight=1)
    await world.stop()
    with pytest.raises(RetryableError, match="the retry processor has stopped"):
        await world.retry.consume(logs(1))


async def test_a_time_out_of_what_is_behind_is_not_taken_for_its_own():
    class Bug:
        async def consume(self, _batch):
            raise TimeoutError("a bug")

    retry = factory.create_logs(make_settings("processor", "retry"), RetryProcessorConfig(), Bug())
    with pytest.raises(TimeoutError, match="a bug"):
        await retry.consume(logs(1))


def test_the_defaults_are_those_of_exporters_without_chance():
    config = RetryProcessorConfig()
    assert (config.initial_interval, config.max_interval, config.max_elapsed_time) == (5, 30, 300)
    assert (config.multiplier, config.randomization_factor) == (1.5, 0)


def test_a_wait_longer_than_all_is_a_mistake():
    with pytest.raises(ConfigError, match="`max_elapsed_time` must not be less than `initial_interval`: 1s"):
        decode(RetryProcessorConfig, {"max_elapsed_time": "1s"})
