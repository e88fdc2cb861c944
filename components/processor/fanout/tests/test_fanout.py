import asyncio
import contextlib

import pytest

from penstock_api import ConfigError, Deadline, PartialError, PermanentError, RetryableError, decode
from penstock_processor_fanout import FanoutConfig, factory
from penstock_testkit import RecordingConsumer, RecordingOutputs, logs, make_settings, settle

BUSY, NEVER = RetryableError("busy"), PermanentError("never")


class World:
    """A fanout to outputs `a`, `b`, ... that answer as told."""

    def __init__(self, *destinations, answers=None, first=None, **config):
        self.settings = make_settings("processor", "fanout")
        ports = [one["port"] for one in destinations]
        told, begin = answers or {}, first or {}
        self.out = RecordingOutputs(
            **{port: RecordingConsumer(*begin.get(port, ()), always=told.get(port)) for port in ports}
        )
        made = decode(FanoutConfig, {**config, "destinations": list(destinations)})
        self.fanout = factory.create(self.settings, made, self.out)

    def send(self, batch=None):
        return asyncio.get_running_loop().create_task(self.fanout.consume(batch or logs(3)))

    def dropped(self, port):
        return self.settings.meter.value("otelcol_processor_fanout_dropped_items", output=port)

    async def stop(self, within=5.0):
        await self.fanout.shutdown(Deadline.after(self.settings.clock, within))


@pytest.fixture(params=["parallel", "sequential"])
def mode(request):
    return request.param


class TestDelivery:
    @pytest.mark.parametrize("await_ack", ["none", "primary", "all"])
    async def test_every_destination_gets_each_batch_as_its_own(self, mode, await_ack):
        world = World({"port": "a"}, {"port": "b"}, {"port": "c"}, mode=mode, await_ack=await_ack)
        batch = logs(3)
        await world.fanout.consume(batch)
        await world.stop()
        got = [world.out[port].batches[0] for port in "abc"]
        assert len({id(batch), *map(id, got)}) == 4
        assert all(one.wire[0] is batch.wire[0] for one in got)

    async def test_in_parallel_a_slow_one_keeps_no_other_waiting(self):
        world = World({"port": "a"}, {"port": "b"}, await_ack="all")
        world.out["a"].hold()
        sending = world.send()
        await settle()
        assert (world.out["b"].items, sending.done()) == (3, False)
        world.out["a"].release()
        await sending

    async def test_in_sequence_the_next_one_waits_for_the_one_before(self):
        world = World({"port": "a"}, {"port": "b"}, await_ack="all", mode="sequential")
        world.out["a"].hold()
        sending = world.send()
        await settle()
        assert world.out["b"].offered == []
        world.out["a"].release()
        await sending
        assert world.out["b"].items == 3


class TestOutcome:
    async def test_the_sender_gets_the_outcome_of_the_primary(self, mode):
        world = World({"port": "a"}, {"port": "b", "primary": True}, answers={"b": BUSY}, mode=mode)
        with pytest.raises(RetryableError, match="busy"):
            await world.fanout.consume(logs(3))
        await world.stop()
        assert (world.out["a"].items, world.dropped("a"), world.dropped("b")) == (3, 0, 0)

    async def test_what_another_one_refuses_is_counted(self, mode, caplog):
        world = World({"port": "a"}, {"port": "b"}, answers={"b": NEVER}, mode=mode)
        await world.fanout.consume(logs(3))
        await world.stop()
        assert (world.dropped("a"), world.dropped("b")) == (0, 3)
        assert "output failed" in caplog.text

    async def test_of_what_is_taken_in_part_only_the_rest_is_counted(self, mode):
        world = World(
            {"port": "a"}, answers={"a": PartialError("some", rejected=2)}, mode=mode, await_ack="none"
        )
        await world.fanout.consume(logs(3))
        await world.stop()
        assert world.dropped("a") == 2

    async def test_with_all_a_final_refusal_comes_before_one_for_now(self, mode):
        world = World(
            {"port": "a"}, {"port": "b"}, answers={"a": BUSY, "b": NEVER}, mode=mode, await_ack="all"
        )
        with pytest.raises(PermanentError, match="never"):
            await world.fanout.consume(logs(3))

    async def test_with_none_the_sender_does_not_wait(self, mode):
        world = World({"port": "a"}, mode=mode, await_ack="none")
        world.out["a"].hold()
        await world.fanout.consume(logs(3))
        world.out["a"].release()
        await world.stop()
        assert world.out["a"].items == 3


class TestFallback:
    @pytest.mark.parametrize("error", [BUSY, NEVER, KeyError("bug")])
    async def test_it_gets_what_the_one_before_has_not_taken(self, error):
        chain = ({"port": "a"}, {"port": "b", "fallback_for": "a"}, {"port": "c", "fallback_for": "b"})
        world = World(*chain, answers={"a": error, "b": error})
        await world.fanout.consume(logs(3))
        assert [world.out[port].items for port in "abc"] == [0, 0, 3]
        assert world.settings.meter.value("otelcol_processor_fanout_fallbacks", output="a") == 2

    async def test_the_log_tells_once_that_an_output_fails_and_once_that_it_takes_again(self, caplog):
        caplog.set_level("INFO")
        world = World({"port": "a"}, {"port": "b", "fallback_for": "a"}, first={"a": [BUSY] * 3})
        for _ in range(5):
            await world.fanout.consume(logs(3))
        told = [record.message for record in caplog.records]
        assert told == ["output failed, its fall-back takes over", "output takes batches again"]

    async def test_it_gets_nothing_while_the_one_before_takes_all(self):
        world = World({"port": "a"}, {"port": "b", "fallback_for": "a"})
        await world.fanout.consume(logs(3))
        assert (world.out["a"].items, world.out["b"].items) == (3, 0)

    async def test_it_gets_what_was_not_answered_in_time(self):
        world = World({"port": "a", "timeout": "2s"}, {"port": "b", "fallback_for": "a"})
        world.out["a"].hold()
        sending = world.send()
        await world.settings.clock.advance(2)
        await sending
        assert world.out["b"].items == 3

    async def test_without_one_the_sender_learns_of_the_time_out(self):
        world = World({"port": "a", "timeout": "2s"})
        world.out["a"].hold()
        sending = world.send()
        await world.settings.clock.advance(2)
        with pytest.raises(RetryableError, match="output a did not answer in time: 2s"):
            await sending

    async def test_it_does_not_get_what_was_taken_in_part(self):
        world = World(
            {"port": "a"},
            {"port": "b", "fallback_for": "a"},
            answers={"a": PartialError("some", rejected=1)},
        )
        with pytest.raises(PartialError):
            await world.fanout.consume(logs(3))
        assert world.out["b"].offered == []


class TestBounds:
    async def test_senders_wait_when_too_many_are_on_their_way(self):
        world = World({"port": "a"}, await_ack="none", max_inflight=1)
        world.out["a"].hold()
        await world.fanout.consume(logs(3))
        second = world.send()
        await settle()
        assert not second.done()
        world.out["a"].release()
        await second
        await world.stop()
        assert world.out["a"].items == 6

    async def test_what_is_on_its_way_at_the_deadline_is_counted_or_refused(self, mode):
        world = World({"port": "a"}, {"port": "b"}, mode=mode)
        for port in "ab":
            world.out[port].hold()
        sending = world.send()
        await settle()
        await world.stop(within=0)
        if mode == "parallel":  # the sender serves the primary itself, and may wait for it
            world.out["a"].release()
            await sending
        else:
            with pytest.raises(RetryableError, match="stopped before the outcome of a was known"):
                await sending
        assert world.dropped("b") == 3

    @pytest.mark.parametrize("config", [{}, {"timeout": "1h"}])
    async def test_when_a_stop_has_begun_no_outcome_is_awaited_beyond_the_deadline(self, config):
        world = World({"port": "a", **config}, {"port": "b", "fallback_for": "a"})
        for port in "ab":
            world.out[port].hold()
        world.fanout.drain(Deadline.after(world.settings.clock, 3))
        sending = world.send()
        await world.settings.clock.advance(3)
        with pytest.raises(RetryableError, match="output b did not answer in time: 0s"):
            await sending

    async def test_a_time_limit_before_the_deadline_still_holds(self):
        world = World({"port": "a", "timeout": "1s"}, {"port": "b", "fallback_for": "a"})
        world.out["a"].hold()
        world.fanout.drain(Deadline.after(world.settings.clock, 3))
        sending = world.send()
        await world.settings.clock.advance(1)
        await sending
        assert world.out["b"].items == 3

    async def test_what_never_began_at_the_deadline_is_counted(self):
        world = World({"port": "a"}, await_ack="none")
        await world.fanout.consume(logs(3))
        await world.stop(within=0)
        assert world.dropped("a") + world.out["a"].items == 3

    async def test_a_sender_that_goes_away_leaves_its_place(self):
        world = World({"port": "a"}, max_inflight=1)
        world.out["a"].hold()
        sending = world.send()
        await settle()
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        world.out["a"].release()
        await world.fanout.consume(logs(3))
        assert world.out["a"].items == 3

    async def test_once_stopped_it_refuses(self):
        world = World({"port": "a"})
        await world.stop()
        with pytest.raises(RetryableError, match="the fanout processor has stopped"):
            await world.fanout.consume(logs(1))


class TestConfig:
    @pytest.mark.parametrize(
        ("destinations", "message"),
        [
            ([], "at least 1 item"),
            ([{"port": "a"}, {"port": "a"}], "`destinations` has two entries for one `port`: a"),
            ([{"port": "a", "fallback_for": "x"}], "`fallback_for` names no destination: x"),
            ([{"port": "a", "fallback_for": "a"}], "`fallback_for` makes a cycle: a -> a"),
            (
                [{"port": "a", "fallback_for": "b"}, {"port": "b", "fallback_for": "a"}],
                "`fallback_for` makes a cycle: a -> b -> a",
            ),
            (
                [{"port": "a"}, {"port": "b", "fallback_for": "a"}, {"port": "c", "fallback_for": "a"}],
                "`fallback_for` has two destinations for a: b, c",
            ),
            (
                [{"port": "a", "primary": True}, {"port": "b", "primary": True}],
                "`primary` can be set for one destination: a, b",
            ),
            (
                [{"port": "a"}, {"port": "b", "primary": True, "fallback_for": "a"}],
                "`primary` cannot be set for a fall-back: b",
            ),
        ],
    )
    def test_a_mistake_is_named(self, destinations, message):
        with pytest.raises(ConfigError, match=message):
            decode(FanoutConfig, {"destinations": destinations})

    def test_its_outputs_are_the_ports(self):
        config = decode(FanoutConfig, {"destinations": [{"port": "a"}, {"port": "b"}]})
        assert factory.outputs(config) == ("a", "b")

    def test_a_destination_that_is_not_connected_is_named(self):
        config = decode(FanoutConfig, {"destinations": [{"port": "a"}, {"port": "b"}]})
        with pytest.raises(ConfigError, match="destinations that are not connected: b"):
            factory.create(make_settings("processor", "fanout"), config, RecordingOutputs("a"))
