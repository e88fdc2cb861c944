"""Topics: named queues inside a process, which join pipelines and engines."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol  # Any: a topic carries batches of any one signal

from penstock_api.batch import AnyBatch
from penstock_api.clock import Deadline
from penstock_api.consumer import Consumer
from penstock_api.errors import StartError
from penstock_api.signal import Signal
from penstock_api.tasks import Tasks

__all__ = ("NO_TOPICS", "OnFull", "Subscription", "SubscriptionMode", "Topics")


class SubscriptionMode(StrEnum):
    """Who gets a batch: one member of each group, or every subscriber."""

    BALANCED = "balanced"
    BROADCAST = "broadcast"


class OnFull(StrEnum):
    """What a full queue does to a publisher: it waits, or the batch is dropped and counted."""

    BLOCK = "block"
    DROP_NEWEST = "drop_newest"


class Subscription(Protocol):
    """One reader of a topic, which hands on what it reads."""

    async def start(self) -> None:
        """Begin to hand on."""

    async def shutdown(self, deadline: Deadline, /) -> None:
        """Deliver what waits now, by `deadline`, and take nothing later.

        What is left stays for others of its group; what is left of a broadcast is dropped and counted.
        """


class Topics(Protocol):
    """The topics that a component can reach."""

    def publisher(
        self, topic: str, signal: Signal, *, on_full: OnFull | None = None
    ) -> Consumer[Any]:  # Any: as above
        """A consumer that publishes; `on_full` None takes the topic's own rule. Raises `StartError`."""
        ...

    def subscription(
        self,
        topic: str,
        signal: Signal,
        onward: Consumer[Any],  # Any: as above
        tasks: Tasks,
        *,
        mode: SubscriptionMode = SubscriptionMode.BALANCED,
        group: str = "",
        on_disconnect: Callable[[], None] = lambda: None,
    ) -> Subscription:
        """A reader of `topic` that feeds `onward`. Raises `StartError` when there is no such topic.

        `on_disconnect` is called when a broadcast reader was too slow and gets nothing more.
        """
        ...


class _None:
    def publisher(self, topic: str, signal: Signal, *, on_full: OnFull | None = None) -> Consumer[AnyBatch]:  # noqa: ARG002
        raise StartError(f"there are no topics here: {topic}")

    def subscription(
        self,
        topic: str,
        signal: Signal,  # noqa: ARG002
        onward: Consumer[AnyBatch],  # noqa: ARG002
        tasks: Tasks,  # noqa: ARG002
        *,
        mode: SubscriptionMode = SubscriptionMode.BALANCED,  # noqa: ARG002
        group: str = "",  # noqa: ARG002
        on_disconnect: Callable[[], None] = lambda: None,  # noqa: ARG002
    ) -> Subscription:
        raise StartError(f"there are no topics here: {topic}")


NO_TOPICS: Topics = _None()
"""For a component that runs outside a service."""
