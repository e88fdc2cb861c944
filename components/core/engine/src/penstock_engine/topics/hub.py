"""All topics of one service, and the views through which components reach them."""

import difflib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any  # Any: a hub carries payloads of any kind, and views are given to any component

from penstock_api import (
    Clock,
    Deadline,
    Meter,
    OnFull,
    Signal,
    StartError,
    Subscription,
    SubscriptionMode,
    Tasks,
    Topics,
)
from penstock_engine.log import FieldLog
from penstock_engine.payload import Consumer
from penstock_engine.topics.counts import Counts
from penstock_engine.topics.delivery import Delivery, Place
from penstock_engine.topics.lane import Lane, Rules
from penstock_engine.topics.policies import TopicPolicies

__all__ = ("TopicHub", "hub_of")


class TopicHub:
    """The topics of one service. Each has lanes, which do not mix, and in each lane groups and readers.

    Every group gets each payload once, and every broadcast reader does. Until somebody subscribes to a lane
    one queue holds what is published; the first subscriber gets that. A group keeps its queue when its
    members have gone, for those who come. Where there have been broadcast readers only and none is left,
    payloads are dropped and counted, or refused when outcomes are awaited.
    """

    def __init__(self, clock: Clock, meter: Meter, log: logging.Logger) -> None:
        self._clock = clock
        self._meter = meter
        self._log = FieldLog(log, {})
        self._rules: dict[str, Rules] = {}
        self._lanes: dict[tuple[str, str], Lane[Any]] = {}
        self._publishers: dict[str, set[str]] = {}
        self._subscribers: dict[str, set[str]] = {}
        self._members: dict[tuple[str, str, str], set[str]] = {}

    def declare(self, key: str, policies: TopicPolicies) -> None:
        """Give topic `key` its rules; they hold from the next payload on."""
        if key in self._rules:
            self._rules[key].replace(policies)
        else:
            self._rules[key] = Rules(policies)

    def view(self, owner: str = "", names: Mapping[str, str] | None = None) -> Topics:
        """The topics that `owner` can reach: `names` gives the key of each.

        Without `names` every name is the key of a topic of its own, with default rules until it is declared.
        """
        return _View(self, owner, names)

    def joins(self) -> Iterator[tuple[str, str]]:
        """Owners that publish to a topic, each with one that subscribes to it."""
        for key, publishers in self._publishers.items():
            for publisher in sorted(publishers):
                for subscriber in sorted(self._subscribers.get(key, ())):
                    yield publisher, subscriber

    def forget(self, owner: str) -> None:
        """`owner` has changed or ended: its groups that have no members now will never have any again.

        What they hold is refused to publishers who wait, or dropped and counted.
        """
        for (key, name, group), owners in tuple(self._members.items()):
            lane = self._lanes[key, name]
            if owner in owners and lane.is_idle(group):
                owners.discard(owner)
                if not owners:
                    del self._members[key, name, group]
                    self._note(key, name, lane.drop(group))

    def close(self) -> None:
        """The end of the service: what is left is refused to publishers who wait, or counted."""
        for (key, name), lane in self._lanes.items():
            self._note(key, name, lane.close())

    def _note(self, key: str, lane: str, lost: int) -> None:
        if lost:
            fields = {"topic": key, "lane": lane, "dropped_items": lost}
            self._log.warning("topic closed before delivery", extra=fields)

    # -- for views ----------------------------------------------------------------------------------

    def publisher(self, owner: str, key: str, lane: str, on_full: OnFull | None) -> Consumer[Any]:
        """A consumer that publishes to `lane` of topic `key`."""
        self._publishers.setdefault(key, set()).add(owner)
        return _Publisher(self._lane(key, lane), on_full)

    def place(self, owner: str, key: str, lane: str, mode: SubscriptionMode, group: str) -> Place[Any]:
        """A place in `lane` of topic `key`."""
        self._subscribers.setdefault(key, set()).add(owner)
        found = self._lane(key, lane)
        if mode is SubscriptionMode.BROADCAST:
            return found.reader(owner)
        self._members.setdefault((key, lane, group), set()).add(owner)
        return found.member(group)

    def counts(self, key: str, lane: str) -> Counts:
        """What a lane counts."""
        return self._lane(key, lane).counts

    def _lane(self, key: str, name: str) -> Lane[Any]:
        if (key, name) not in self._lanes:
            rules = self._rules.setdefault(key, Rules(TopicPolicies()))
            counts = Counts(self._meter, self._log, key, name)
            self._lanes[key, name] = Lane(key, rules, counts, self._clock)
        return self._lanes[key, name]


def hub_of(topics: Topics) -> TopicHub | None:
    """The hub that a component's view is of; None outside a service."""
    return topics.hub if isinstance(topics, _View) else None


class _Publisher:
    """Returns when its payload is accepted, which the topic's rules define; raises when not."""

    __slots__ = ("_ending", "_lane", "_on_full", "_publish")

    def __init__(self, lane: Lane[Any], on_full: OnFull | None) -> None:
        self._lane = lane
        self._publish = lane.publish
        self._on_full = on_full
        self._ending = False

    async def consume(self, payload: Any, /) -> None:
        """Publish `payload`. Raises `ConsumeError`."""
        await self._publish(payload, self._on_full, ending=self._ending)

    def drain(self, _deadline: Deadline, /) -> None:
        """A stop has begun: what nobody reads is not waited for any more."""
        self._ending = True
        self._lane.hurry()


@dataclass(frozen=True, slots=True)
class _View:
    """A `penstock_api.Topics`."""

    hub: TopicHub
    _owner: str
    _names: Mapping[str, str] | None = field(default=None)

    def publisher(self, topic: str, signal: Signal, *, on_full: OnFull | None = None) -> Consumer[Any]:
        """A consumer that publishes."""
        return self.hub.publisher(self._owner, self._key(topic), signal.value, on_full)

    def subscription(
        self,
        topic: str,
        signal: Signal,
        onward: Consumer[Any],
        tasks: Tasks,
        *,
        mode: SubscriptionMode = SubscriptionMode.BALANCED,
        group: str = "",
        on_disconnect: Callable[[], None] = lambda: None,
    ) -> Subscription:
        """A reader of `topic` that feeds `onward`."""
        key, lane = self._key(topic), signal.value
        place = self.hub.place(self._owner, key, lane, mode, group)
        counts = self.hub.counts(key, lane)
        return Delivery(topic, place, onward, tasks=tasks, counts=counts, on_disconnect=on_disconnect)

    def _key(self, topic: str) -> str:
        if self._names is None:
            return topic
        if topic not in self._names:
            near = difflib.get_close_matches(topic, self._names, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise StartError(f"no such topic: {topic}{hint}")
        return self._names[topic]
