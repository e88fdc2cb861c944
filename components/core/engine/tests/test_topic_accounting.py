"""Whatever happens to a topic, every item ends in exactly one place."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock_api import Deadline, OnFull, PermanentError, RetryableError, SubscriptionMode
from penstock_engine.topics import BroadcastAck, OnLag, TopicPolicies
from penstock_testkit import settle

from .test_topics import Note, World


class Moody:
    """Accepts or refuses as a script says, over and over, and may be made to hang."""

    def __init__(self, script):
        self.script, self.turn = script, 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.accepted = []
        self.refused = []

    async def consume(self, note):
        await self.gate.wait()
        self.turn += 1
        if self.script[self.turn % len(self.script)]:
            self.accepted.append(note.text)
        else:
            self.refused.append(note.text)
            raise (PermanentError if self.turn % 2 else RetryableError)("moody")


STEPS = st.lists(
    st.sampled_from(["publish", "publish", "publish", "settle", "hold", "release", "stop", "join", "cancel"]),
    max_size=40,
)
SCRIPTS = st.lists(st.booleans(), min_size=1, max_size=4)
POLICIES = st.builds(
    TopicPolicies,
    queue_capacity=st.integers(1, 4),
    broadcast_capacity=st.integers(1, 4),
    on_full=st.sampled_from(OnFull),
    on_lag=st.sampled_from(OnLag),
    broadcast_ack=st.sampled_from(BroadcastAck),
    acknowledge=st.booleans(),
    max_in_flight=st.integers(1, 4),
)


async def play(policies, mode, steps, script):
    """Run the steps and end it all; the world, its subscriber and each payload's sender."""
    world, sink = World(policies), Moody(script)
    publisher, sent = world.publisher(), []

    async def join():
        return await world.subscribe(sink, mode=mode, group="g")

    members = [await join()]
    for step in steps:
        match step:
            case "publish":
                sent.append(world.send(Note(f"n{len(sent)}"), publisher))
            case "settle":
                await settle()
            case "hold":
                sink.gate.clear()
            case "release":
                sink.gate.set()
            case "join":
                members.append(await join())
            case "stop" if members:
                await members.pop(0).shutdown(Deadline.after(world.clock, 0))
            case "cancel" if sent:
                sent[len(sent) // 2].cancel()
    sink.gate.set()
    await settle()
    await world.stop(within=5.0)
    await settle()
    assert all(task.done() for task in sent)
    return world, sink, sent


def outcome(task):
    if task.cancelled():
        return "cancelled"
    return "accepted" if task.exception() is None else "refused"


@settings(max_examples=300, deadline=None)
@given(POLICIES, STEPS, SCRIPTS)
def test_a_group_delivers_refuses_or_counts_every_item(policies, steps, script):
    world, sink, sent = asyncio.run(play(policies, SubscriptionMode.BALANCED, steps, script))
    results = [outcome(task) for task in sent]
    dropped = world.value("dropped_items")
    assert len(sink.accepted) == len(set(sink.accepted))
    if policies.acknowledge:
        # What was said to be accepted was, and nothing else is lost: its publisher knows.
        accepted = {f"n{number}" for number, result in enumerate(results) if result == "accepted"}
        refused = {f"n{number}" for number, result in enumerate(results) if result == "refused"}
        assert accepted <= set(sink.accepted)
        assert dropped == 0
        assert not refused & set(sink.accepted)
    else:
        # A publisher that was cancelled may have got its payload in before.
        low, high = results.count("accepted"), len(sent) - results.count("refused")
        assert low <= len(sink.accepted) + dropped <= high


@settings(max_examples=300, deadline=None)
@given(POLICIES, STEPS, SCRIPTS)
def test_broadcast_delivers_refuses_or_counts_every_item_of_every_reader(policies, steps, script):
    world, sink, sent = asyncio.run(play(policies, SubscriptionMode.BROADCAST, steps, script))
    results = [outcome(task) for task in sent]
    if policies.acknowledge:
        accepted = {f"n{number}" for number, result in enumerate(results) if result == "accepted"}
        assert accepted <= set(sink.accepted)
        assert world.value("dropped_items") == 0
    else:
        readers = 1 + steps.count("join")
        total = len(sink.accepted) + world.value("dropped_items")
        assert results.count("accepted") <= total <= readers * len(sent)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5), st.integers(0, 30), st.integers(1, 4))
def test_with_steady_readers_broadcast_accounts_exactly(readers, payloads, capacity):
    async def run():
        world = World(TopicPolicies(broadcast_capacity=capacity))
        sinks = [Moody([True]) for _ in range(readers)]
        for sink in sinks:
            await world.subscribe(sink, mode=SubscriptionMode.BROADCAST)
        for number in range(payloads):
            await world.publisher().consume(Note(f"n{number}"))
        await world.stop()
        return sum(len(sink.accepted) for sink in sinks), world.value("dropped_items")

    delivered, dropped = asyncio.run(run())
    assert delivered + dropped == readers * payloads


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 3),
    st.integers(0, 3),
    st.lists(st.integers(0, 5), max_size=30),
    st.integers(1, 4),
    st.sampled_from(OnFull),
    SCRIPTS,
)
def test_groups_and_readers_together_account_for_every_item(
    groups, readers, sizes, capacity, on_full, script
):
    async def run():
        world = World(TopicPolicies(queue_capacity=capacity, broadcast_capacity=capacity, on_full=on_full))
        sinks = [Moody(script) for _ in range(groups + readers)]
        for number, sink in enumerate(sinks):
            mode = SubscriptionMode.BALANCED if number < groups else SubscriptionMode.BROADCAST
            await world.subscribe(sink, mode=mode, group=str(number))
        publisher = world.publisher()
        sending = [world.send(Note(size=size), publisher) for size in sizes]
        await settle()
        await world.stop()
        await settle()
        results = [outcome(task) for task in sending]
        refused = sum(size for size, result in zip(sizes, results, strict=True) if result == "refused")
        return refused, world.value("delivered_items") + world.value("dropped_items")

    refused, accounted = asyncio.run(run())
    recipients = (groups + readers) or 1
    assert accounted == recipients * (sum(sizes) - refused)
