"""One lane of a topic: what one kind of payload passes through."""

import asyncio
from typing import Generic, TypeVar

from penstock_api import Clock, OnFull, RetryableError, within
from penstock_engine.topics.counts import Counts, Drop
from penstock_engine.topics.entry import Entry, Item, Outcome
from penstock_engine.topics.group import Group, Member
from penstock_engine.topics.policies import BroadcastAck, OnLag, TopicPolicies
from penstock_engine.topics.ring import Reader, Ring

__all__ = ("Lane", "Rules")

P = TypeVar("P", bound=Item)


class Rules:
    """The policies of a topic, which may be replaced, and the slots for outcomes that are awaited."""

    def __init__(self, policies: TopicPolicies) -> None:
        self.policies = policies
        self.slots = asyncio.Semaphore(policies.max_in_flight)

    def replace(self, policies: TopicPolicies) -> None:
        """Hold from the next payload on."""
        if policies.max_in_flight != self.policies.max_in_flight:
            self.slots = asyncio.Semaphore(policies.max_in_flight)
        self.policies = policies


class Lane(Generic[P]):
    """The groups and readers of one lane. Until somebody subscribes, one queue holds what is published."""

    def __init__(self, topic: str, rules: Rules, counts: Counts, clock: Clock) -> None:
        self._topic = topic
        self._rules = rules
        self._clock = clock
        self._closed = False
        self._broadcast = False
        self._groups: dict[str, Group[P]] = {}
        self._unclaimed: Group[P] | None = None
        self._ring: Ring[P] = Ring(
            topic,
            counts,
            lambda: rules.policies.broadcast_capacity,
            lambda: rules.policies.on_lag is OnLag.DISCONNECT,
            self._entered,
        )
        self.counts = counts
        counts.watch("(broadcast)", lambda: len(self._ring))
        counts.watch("(unclaimed)", lambda: len(self._unclaimed.entries) if self._unclaimed else 0)

    # -- subscribing --------------------------------------------------------------------------------

    def member(self, group: str) -> Member[P]:
        """A new member of `group`, whose queue holds what comes from now on, and what nobody has claimed."""
        if group not in self._groups:
            made, self._unclaimed = self._unclaimed or self._new_group(), None
            self._groups[group] = made
            self.counts.watch(group, lambda: len(made.entries))
        return Member(self._groups[group])

    def reader(self, name: str) -> Reader[P]:
        """A new broadcast reader, which gets what is published after it has entered."""
        return Reader(self._ring, name)

    def _entered(self) -> None:
        """A reader has come: if it is the first who subscribes, what nobody has claimed is its own."""
        self._broadcast = True
        unclaimed, self._unclaimed = self._unclaimed, None
        if unclaimed is not None:
            unclaimed.divert(self._ring.put)

    def _new_group(self) -> Group[P]:
        return Group(self._topic, lambda: self._rules.policies.queue_capacity)

    # -- publishing ---------------------------------------------------------------------------------

    async def publish(self, payload: P, on_full: OnFull | None, *, ending: bool = False) -> None:
        """Give `payload` to every group and reader. Raises `ConsumeError`, see `TopicHub`.

        A publisher that is `ending` is refused when somebody who should read does not.
        """
        if ending and not self._is_read():
            raise RetryableError(f"nobody reads topic {self._topic}")
        policies = self._rules.policies
        on_full = on_full or policies.on_full
        if not policies.acknowledge:
            await self._offer(Entry(payload, None), self._recipients(), on_full)
            self.counts.published(len(payload))
            return
        try:
            async with within(self._clock, policies.timeout), self._rules.slots:
                await self._acknowledged(payload, policies, on_full)
        except TimeoutError:
            what = f"no outcome from topic {self._topic} within its timeout"
            raise RetryableError(f"{what}: {policies.timeout:g}s") from None
        self.counts.published(len(payload))

    async def _acknowledged(self, payload: P, policies: TopicPolicies, on_full: OnFull) -> None:
        groups, readers = self._recipients(), len(self._ring.readers)
        if not groups and not readers:
            raise RetryableError(f"nobody reads topic {self._topic}")
        outcome = Outcome(len(groups), readers, first=policies.broadcast_ack is BroadcastAck.FIRST)
        entry = Entry(payload, outcome)
        try:
            await self._offer(entry, groups, on_full)
            await outcome.future
        except BaseException:
            outcome.future.cancel()  # from now on nobody asks for it
            for group in groups:
                group.withdraw(entry)
            raise

    async def _offer(self, entry: Entry[P], groups: tuple[Group[P], ...], on_full: OnFull) -> None:
        if self._closed:
            raise RetryableError(f"topic is closed: {self._topic}")
        if self._ring.readers:
            self._ring.put(entry)
        elif not groups:
            self.counts.dropped(Drop.NOBODY, len(entry.payload))
        for group in groups:
            if on_full is OnFull.BLOCK:
                await group.room()
            elif group.full:
                self._overflow(entry)
                continue
            group.put(entry)

    def _recipients(self) -> tuple[Group[P], ...]:
        if self._groups or self._broadcast:
            return tuple(self._groups.values())
        if self._unclaimed is None:
            self._unclaimed = self._new_group()
        return (self._unclaimed,)

    def _overflow(self, entry: Entry[P]) -> None:
        if entry.outcome is None:
            self.counts.dropped(Drop.FULL, len(entry.payload))
        else:
            entry.outcome.by_group(RetryableError(f"topic is full: {self._topic}"))

    def _is_read(self) -> bool:
        if self._groups:
            return all(group.members for group in self._groups.values())
        return bool(self._ring.readers)

    # -- the end ------------------------------------------------------------------------------------

    def is_idle(self, group: str) -> bool:
        """Whether nobody competes for what `group` holds."""
        return group in self._groups and not self._groups[group].members

    def drop(self, group: str) -> int:
        """Nobody will ever take what `group` holds: refuse or drop it. Gives the number of items dropped."""
        return self._give_up((self._groups.pop(group),))

    def hurry(self) -> None:
        """A publisher ends: who waits for the outcome of what nobody takes is refused."""
        for group in self._every_group():
            for entry in () if group.members else group.abandon():
                if entry.outcome is not None:
                    entry.outcome.by_group(RetryableError(f"nobody reads topic {self._topic}"))

    def _every_group(self) -> tuple[Group[P], ...]:
        return (*self._groups.values(), *((self._unclaimed,) if self._unclaimed else ()))

    def close(self) -> int:
        """Take nothing more; what is left is refused to publishers who wait, else dropped. Its items."""
        self._closed = True
        lost = self._give_up(self._every_group())
        for reader in tuple(self._ring.readers):
            self._ring.remove(reader, Drop.CLOSED)
        return lost

    def _give_up(self, groups: tuple[Group[P], ...]) -> int:
        lost = 0
        error = RetryableError(f"topic is closed: {self._topic}")
        for group in groups:
            for entry in group.close():
                if entry.outcome is None:
                    lost += len(entry.payload)
                else:
                    entry.outcome.by_group(error)
        if lost:
            self.counts.dropped(Drop.CLOSED, lost)
        return lost
