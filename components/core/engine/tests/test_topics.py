import asyncio
import logging

import pytest

from penstock_api import (
    Deadline,
    OnFull,
    PartialError,
    PermanentError,
    RetryableError,
    Signal,
    StartError,
    SubscriptionMode,
)
from penstock_api.topics import NO_TOPICS
from penstock_engine.topics import BroadcastAck, OnLag, TopicHub, TopicPolicies, hub_of
from penstock_testkit import FakeClock, RecordingMeter, make_settings, settle

from .probes import Sink

BROADCAST = SubscriptionMode.BROADCAST
WAIT = TopicPolicies(acknowledge=True)


class Note:
    """A payload of `size` items; a copy is another object with the same text."""

    def __init__(self, text="", size=1):
        self.text, self.size = text, size

    def __len__(self):
        return self.size

    def copy(self):
        return Note(self.text, self.size)

    def share(self):
        return self


class World:
    """A hub with one topic, `t`, and what it counted."""

    def __init__(self, policies=None):
        self.clock, self.meter = FakeClock(), RecordingMeter()
        self.hub = TopicHub(self.clock, self.meter, logging.getLogger("penstock.test"))
        self.tasks = make_settings().tasks
        if policies is not None:
            self.hub.declare("t", policies)
        self.view = self.hub.view("owner")
        self.subscriptions = []
        self.senders = []

    def publisher(self, on_full=None):
        return self.view.publisher("t", Signal.LOGS, on_full=on_full)

    async def subscribe(self, sink, **more):
        one = self.view.subscription("t", Signal.LOGS, sink, self.tasks, **more)
        await one.start()
        self.subscriptions.append(one)
        return one

    def send(self, note, publisher=None):
        """Publish in a task of its own."""
        work = (publisher or self.publisher()).consume(note)
        task = asyncio.get_running_loop().create_task(work)
        self.senders.append(task)
        return task

    async def stop(self, within=5.0):
        for one in self.subscriptions:
            await one.shutdown(Deadline.after(self.clock, within))
        self.hub.close()

    def dropped(self, reason):
        return self.meter.value("otelcol_topic_dropped_items", reason=reason)

    def value(self, name):
        return self.meter.value(f"otelcol_topic_{name}")


class TestBalanced:
    async def test_each_group_gets_every_payload_and_its_members_compete(self):
        world, one, two, other = World(), Sink(gate=asyncio.Event()), Sink(), Sink()
        await world.subscribe(one, group="a")
        await world.subscribe(two, group="a")
        await world.subscribe(other, group="b")
        for text in "xyz":
            await world.publisher().consume(Note(text))
        await settle()
        assert (two.texts, other.texts) == (["y", "z"], ["x", "y", "z"])
        one.gate.set()
        await world.stop()
        assert one.texts == ["x"]
        assert (world.value("published_items"), world.value("delivered_items")) == (3, 6)

    async def test_lanes_do_not_mix(self):
        world, sink = World(), Sink()
        await world.subscribe(sink)
        await world.view.publisher("t", Signal.TRACES).consume(Note("x"))
        await settle()
        assert sink.texts == []
        await world.stop()

    async def test_before_anybody_subscribes_payloads_are_held_for_the_first(self):
        world, sink = World(), Sink()
        await world.publisher().consume(Note("x"))
        assert world.meter.value("otelcol_topic_queue_length", group="(unclaimed)") == 1
        await world.subscribe(sink)
        await settle()
        assert sink.texts == ["x"]
        await world.stop()

    async def test_a_publisher_that_waits_for_room_before_anybody_subscribes_is_let_in(self):
        world, sink = World(TopicPolicies(queue_capacity=1)), Sink()
        waiting = [world.send(Note(text)) for text in "xyz"]
        await settle()
        assert [task.done() for task in waiting] == [True, False, False]
        await world.subscribe(sink, mode=BROADCAST)
        await asyncio.gather(*waiting)
        await settle()
        assert sink.texts == ["x", "y", "z"]
        await world.stop()

    async def test_a_full_queue_makes_publishers_wait_in_order(self):
        world, sink = World(TopicPolicies(queue_capacity=2)), Sink(gate=asyncio.Event())
        await world.subscribe(sink)
        waiting = [world.send(Note(text)) for text in "abcde"]
        await settle()
        assert [task.done() for task in waiting] == [True, True, False, False, False] or sink.given == []
        sink.gate.set()
        await asyncio.gather(*waiting)
        await settle()
        assert sink.texts == list("abcde")
        await world.stop()

    async def test_a_publisher_that_gives_up_waiting_leaves_its_turn_to_the_next(self):
        world, sink = World(TopicPolicies(queue_capacity=1)), Sink()
        first, second, third = (world.send(Note(text)) for text in "abc")
        await settle()
        second.cancel()
        await settle()
        await world.subscribe(sink)
        await asyncio.gather(first, third)
        await settle()
        assert sink.texts == ["a", "c"]
        await world.stop()

    async def test_a_full_queue_drops_the_newest_and_counts_it(self):
        world = World(TopicPolicies(queue_capacity=1, on_full=OnFull.DROP_NEWEST))
        for text in "ab":
            await world.publisher().consume(Note(text, size=7))
        assert (world.dropped("full"), world.value("published_items")) == (7, 14)
        world.hub.close()
        assert world.dropped("closed") == 7

    async def test_a_publisher_may_have_a_rule_of_its_own(self):
        world = World(TopicPolicies(queue_capacity=1))
        for text in "ab":
            await world.publisher(OnFull.DROP_NEWEST).consume(Note(text))
        assert world.dropped("full") == 1
        world.hub.close()

    async def test_rules_declared_later_hold_from_the_next_payload_on(self):
        world = World(TopicPolicies(queue_capacity=1))
        publisher = world.publisher(OnFull.DROP_NEWEST)
        world.hub.declare("t", TopicPolicies(queue_capacity=2, max_in_flight=5))
        for text in "abc":
            await publisher.consume(Note(text))
        assert world.dropped("full") == 1
        world.hub.close()

    async def test_what_a_stopped_member_could_not_deliver_is_for_the_next_one(self):
        world, stuck, sink = World(), Sink(gate=asyncio.Event()), Sink()
        first = await world.subscribe(stuck, group="a")
        for text in "xy":
            await world.publisher().consume(Note(text))
        await settle()
        await first.shutdown(Deadline.after(world.clock, 0))
        await world.subscribe(sink, group="a")
        await settle()
        assert sink.texts == ["x", "y"]
        await world.stop()

    async def test_a_member_delivers_what_waits_before_it_stops(self):
        world, sink = World(), Sink(gate=asyncio.Event())
        await world.subscribe(sink)
        for text in "xyz":
            await world.publisher().consume(Note(text))
        stopping = asyncio.get_running_loop().create_task(world.stop())
        await settle()
        sink.gate.set()
        await stopping
        assert sink.texts == ["x", "y", "z"]
        assert world.dropped("closed") == 0

    async def test_a_subscription_that_never_started_stops(self):
        world = World()
        await world.view.subscription("t", Signal.LOGS, Sink(), world.tasks).shutdown(
            Deadline.after(world.clock, 1)
        )

    async def test_a_wake_that_a_stopping_member_does_not_follow_is_for_another(self):
        world, sink, other = World(), Sink(), Sink()
        first = await world.subscribe(sink, group="a")
        await world.subscribe(other, group="a")
        await settle()
        stopping = asyncio.get_running_loop().create_task(first.shutdown(Deadline.after(world.clock, 1)))
        await asyncio.sleep(0)
        await world.publisher().consume(Note("x"))
        await stopping
        await settle()
        assert sink.texts + other.texts == ["x"]
        await world.stop()


class TestBroadcast:
    async def test_every_reader_gets_every_payload_and_may_change_its_own(self):
        world, sinks = World(), [Sink(), Sink()]
        for sink in sinks:
            await world.subscribe(sink, mode=BROADCAST)
        note = Note("x")
        await world.publisher().consume(note)
        await settle()
        assert [sink.texts for sink in sinks] == [["x"], ["x"]]
        assert len({id(note), *(id(sink.given[0]) for sink in sinks)}) == 3
        await world.stop()

    async def test_a_slow_reader_loses_the_oldest_and_that_is_counted(self):
        world, slow, quick = World(TopicPolicies(broadcast_capacity=2)), Sink(gate=asyncio.Event()), Sink()
        await world.subscribe(slow, mode=BROADCAST)
        await world.subscribe(quick, mode=BROADCAST)
        for text in "abcde":
            await world.publisher().consume(Note(text, size=3))
            await settle()
        slow.gate.set()
        await world.stop()
        assert (quick.texts, slow.texts) == (list("abcde"), ["a", "d", "e"])
        assert world.dropped("lag") == 2 * 3

    async def test_a_slow_reader_is_disconnected_where_that_is_the_rule(self, caplog):
        lost = []
        world = World(TopicPolicies(broadcast_capacity=1, on_lag=OnLag.DISCONNECT))
        slow, quick = Sink(gate=asyncio.Event()), Sink()
        await world.subscribe(slow, mode=BROADCAST, on_disconnect=lambda: lost.append("slow"))
        await world.subscribe(quick, mode=BROADCAST)
        for text in "abc":
            await world.publisher().consume(Note(text))
            await settle()
        slow.gate.set()
        await settle()
        assert lost == ["slow"]
        assert "topic subscriber is too slow and disconnected" in caplog.text
        await world.stop()
        assert (slow.texts, quick.texts, world.dropped("lag")) == (["a"], ["a", "b", "c"], 2)

    async def test_where_no_reader_is_left_payloads_are_dropped_and_counted(self):
        world = World()
        reader = await world.subscribe(Sink(), mode=BROADCAST)
        await reader.shutdown(Deadline.after(world.clock, 1))
        await world.publisher().consume(Note(size=4))
        assert world.dropped("no_subscriber") == 4

    async def test_what_a_stopped_reader_has_not_delivered_is_counted(self):
        world, stuck = World(), Sink(gate=asyncio.Event())
        reader = await world.subscribe(stuck, mode=BROADCAST)
        for text in "ab":
            await world.publisher().consume(Note(text))
        await settle()
        await reader.shutdown(Deadline.after(world.clock, 0))
        assert world.dropped("closed") == 2


class TestOutcomes:
    async def test_the_publisher_returns_when_the_subscriber_has_accepted(self):
        world, sink = World(WAIT), Sink(gate=asyncio.Event())
        await world.subscribe(sink)
        sending = world.send(Note("x"))
        await settle()
        assert not sending.done()
        sink.gate.set()
        await sending
        await world.stop()

    @pytest.mark.parametrize(
        "error", [PermanentError("never"), RetryableError("later", after=3), KeyError("bug")]
    )
    async def test_the_publisher_gets_what_the_subscriber_raised(self, error):
        world = World(WAIT)
        await world.subscribe(Sink(error=error))
        with pytest.raises(type(error)) as caught:
            await world.publisher().consume(Note())
        assert caught.value is error
        assert world.dropped("refused") == 0
        await world.stop()

    @pytest.mark.parametrize(
        ("error", "lost"), [(RetryableError("later"), 5), (PartialError("some", rejected=2), 2)]
    )
    async def test_without_outcomes_what_a_subscriber_refuses_is_counted(self, error, lost, caplog):
        world = World()
        await world.subscribe(Sink(error=error))
        await world.publisher().consume(Note(size=5))
        await settle()
        assert (world.dropped("refused"), world.value("delivered_items")) == (lost, 5 - lost)
        assert "topic subscriber failed" in caplog.text
        await world.stop()

    async def test_of_several_groups_all_must_accept(self):
        world = World(WAIT)
        await world.subscribe(Sink(), group="a")
        await world.subscribe(Sink(error=PermanentError("never")), group="b")
        with pytest.raises(PermanentError, match="never"):
            await world.publisher().consume(Note())
        await world.stop()

    async def test_an_outcome_that_does_not_come_in_time_is_an_error_and_takes_the_payload_back(self):
        world = World(TopicPolicies(acknowledge=True, timeout=3, queue_capacity=5))
        sending = world.send(Note("x"))
        await world.clock.advance(3)
        with pytest.raises(RetryableError, match="no outcome from topic t within its timeout: 3s"):
            await sending
        sink = Sink()
        await world.subscribe(sink)
        await settle()
        assert sink.texts == []
        await world.stop()

    async def test_only_so_many_outcomes_are_awaited_at_a_time(self):
        world, sink = World(TopicPolicies(acknowledge=True, max_in_flight=1)), Sink(gate=asyncio.Event())
        await world.subscribe(sink)
        sending = [world.send(Note(text)) for text in "ab"]
        await settle()
        assert world.meter.value("otelcol_topic_queue_length", group="") == 0
        sink.gate.set()
        await asyncio.gather(*sending)
        await world.stop()

    async def test_a_full_queue_refuses_where_the_publisher_waits_for_the_outcome(self):
        world = World(TopicPolicies(acknowledge=True, queue_capacity=1, on_full=OnFull.DROP_NEWEST))
        first = world.send(Note())
        await settle()
        with pytest.raises(RetryableError, match="topic is full: t"):
            await world.publisher().consume(Note())
        world.hub.close()
        with pytest.raises(RetryableError, match="topic is closed: t"):
            await first

    async def test_of_broadcast_readers_the_first_outcome_counts(self):
        world, slow = World(WAIT), Sink(gate=asyncio.Event())
        await world.subscribe(slow, mode=BROADCAST)
        await world.subscribe(Sink(), mode=BROADCAST)
        await world.publisher().consume(Note())
        slow.gate.set()
        await world.stop()

    async def test_of_broadcast_readers_all_outcomes_count_where_that_is_the_rule(self):
        world = World(TopicPolicies(acknowledge=True, broadcast_ack=BroadcastAck.ALL))
        await world.subscribe(Sink(error=RetryableError("busy")), mode=BROADCAST)
        await world.subscribe(Sink(), mode=BROADCAST)
        with pytest.raises(RetryableError, match="busy"):
            await world.publisher().consume(Note())
        await world.stop()

    async def test_a_reader_that_lost_it_does_not_decide_while_another_may_deliver(self):
        world = World(TopicPolicies(acknowledge=True, broadcast_capacity=1))
        slow, slower = Sink(gate=asyncio.Event()), Sink(gate=asyncio.Event())
        await world.subscribe(slow, mode=BROADCAST)
        await world.subscribe(slower, mode=BROADCAST)
        sending = []
        for text in "abc":
            sending.append(world.send(Note(text)))
            await settle()
        with pytest.raises(RetryableError, match="a subscriber of topic t is too slow"):
            await sending[1]
        slow.gate.set()
        await sending[0]
        await sending[2]
        slower.gate.set()
        await world.stop()

    async def test_with_nobody_left_to_read_the_publisher_is_refused(self):
        world = World(WAIT)
        reader = await world.subscribe(Sink(), mode=BROADCAST)
        await reader.shutdown(Deadline.after(world.clock, 1))
        with pytest.raises(RetryableError, match="nobody reads topic t"):
            await world.publisher().consume(Note())

    async def test_a_reader_that_goes_tells_its_publisher(self):
        world, stuck = World(WAIT), Sink(gate=asyncio.Event())
        reader = await world.subscribe(stuck, mode=BROADCAST)
        sending = world.send(Note())
        await settle()
        await reader.shutdown(Deadline.after(world.clock, 0))
        with pytest.raises(RetryableError, match="a subscriber of topic t has gone"):
            await sending


class TestEnd:
    async def test_a_publisher_that_ends_does_not_wait_for_what_nobody_reads(self):
        world = World(WAIT)
        publisher = world.publisher()
        reader = await world.subscribe(Sink(), group="g")
        await reader.shutdown(Deadline.after(world.clock, 1))
        waiting = world.send(Note(), publisher)
        await settle()
        publisher.drain(Deadline.after(world.clock, 5))
        with pytest.raises(RetryableError, match="nobody reads topic t"):
            await waiting
        with pytest.raises(RetryableError, match="nobody reads topic t"):
            await publisher.consume(Note())

    @pytest.mark.parametrize("mode", SubscriptionMode)
    async def test_a_publisher_that_ends_delivers_to_those_who_read(self, mode):
        world, sink = World(WAIT), Sink(gate=asyncio.Event())
        await world.subscribe(sink, mode=mode)
        publisher = world.publisher()
        waiting = world.send(Note("a"), publisher)
        await settle()
        publisher.drain(Deadline.after(world.clock, 5))
        sink.gate.set()
        await waiting
        await publisher.consume(Note("b"))
        assert sink.texts == ["a", "b"]
        await world.stop()

    async def test_before_anybody_reads_a_publisher_that_ends_is_refused(self):
        publisher = World().publisher()
        publisher.drain(Deadline.after(FakeClock(), 5))
        with pytest.raises(RetryableError, match="nobody reads topic t"):
            await publisher.consume(Note())


class TestForget:
    async def test_a_group_that_has_no_members_any_more_holds_nothing_and_nobody_up(self):
        world = World(TopicPolicies(queue_capacity=1))
        member = await world.subscribe(Sink(), group="g")
        await member.shutdown(Deadline.after(world.clock, 1))
        await world.publisher().consume(Note(size=5))
        waiting = world.send(Note())
        await settle()
        world.hub.forget("owner")
        with pytest.raises(RetryableError, match="topic is closed: t"):
            await waiting
        assert world.dropped("closed") == 5
        world.hub.close()

    async def test_a_group_that_is_read_or_that_another_owner_has_stays(self):
        world, sink = World(), Sink()
        await world.subscribe(sink, group="g")
        world.hub.forget("owner")
        world.hub.view("other").subscription("t", Signal.LOGS, Sink(), world.tasks, group="h")
        world.hub.forget("owner")
        await world.publisher().consume(Note("x"))
        await settle()
        assert sink.texts == ["x"]
        assert world.meter.value("otelcol_topic_queue_length", group="h") == 1
        await world.stop()


class TestHub:
    async def test_a_view_maps_names_to_keys_and_knows_no_others(self):
        world, sink = World(), Sink()
        view = world.hub.view("o", {"raw": "edge/raw"})
        reader = view.subscription("raw", Signal.LOGS, sink, world.tasks)
        await reader.start()
        await world.hub.view().publisher("edge/raw", Signal.LOGS).consume(Note("x"))
        await settle()
        assert sink.texts == ["x"]
        await reader.shutdown(Deadline.after(world.clock, 1))
        with pytest.raises(StartError, match=r"no such topic: rwa; did you mean raw\?"):
            view.publisher("rwa", Signal.LOGS)
        with pytest.raises(StartError, match="no such topic: zzz"):
            view.subscription("zzz", Signal.LOGS, sink, world.tasks)

    def test_a_view_leads_to_its_hub(self):
        hub = World().hub
        assert hub_of(hub.view("o", {})) is hub
        assert hub_of(NO_TOPICS) is None

    async def test_it_tells_who_feeds_whom(self):
        hub, tasks = World().hub, make_settings().tasks
        hub.view("in").publisher("t", Signal.LOGS)
        hub.view("out").subscription("t", Signal.LOGS, Sink(), tasks)
        hub.view("other").publisher("u", Signal.LOGS)
        assert list(hub.joins()) == [("in", "out")]

    async def test_once_closed_it_refuses(self, caplog):
        world = World()
        await world.publisher().consume(Note(size=2))
        waiting = world.send(Note())
        world.hub.close()
        await settle()
        assert "topic closed before delivery" in caplog.text
        assert world.dropped("closed") == 2
        with pytest.raises(RetryableError, match="topic is closed: t"):
            await waiting
        with pytest.raises(RetryableError, match="topic is closed: t"):
            await world.publisher().consume(Note())

    async def test_who_waits_for_room_is_refused_when_it_closes(self):
        world = World(TopicPolicies(queue_capacity=1))
        await world.publisher().consume(Note())
        waiting = world.send(Note())
        await settle()
        world.hub.close()
        with pytest.raises(RetryableError, match="topic is closed: t"):
            await waiting

    @pytest.mark.parametrize(
        "wrong", [{"queue_capacity": 0}, {"broadcast_capacity": 0}, {"max_in_flight": 0}]
    )
    def test_capacities_are_positive(self, wrong):
        with pytest.raises(ValueError, match="capacities of a topic must be at least 1: 0"):
            TopicPolicies(**wrong)

    def test_the_timeout_is_positive(self):
        with pytest.raises(ValueError, match="`timeout` of a topic must be positive: 0"):
            TopicPolicies(timeout=0)
