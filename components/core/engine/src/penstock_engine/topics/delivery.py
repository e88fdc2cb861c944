"""Hands what a subscriber gets to what stands behind it, one at a time."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from penstock_api import Deadline, PartialError, Tasks, within
from penstock_engine.payload import Consumer
from penstock_engine.topics.counts import Counts
from penstock_engine.topics.entry import Entry, Item

__all__ = ("Delivery", "Place")

P = TypeVar("P", bound=Item)


class Place(Protocol[P]):
    """A subscriber's place in a topic: a member of a group, or a broadcast reader."""

    @property
    def connected(self) -> bool:
        """False once it has lost its place."""
        ...

    @property
    def waiting(self) -> int:
        """Entries that it could take now."""
        ...

    def enter(self) -> None:
        """Begin to get entries."""

    def take(self) -> Entry[P] | None:
        """The next entry, if there is one."""
        ...

    async def wait(self) -> None:
        """Return when there may be an entry, or `wake` was called."""

    def wake(self) -> None:
        """End `wait`."""

    def settle(self, entry: Entry[P], error: Exception | None, /) -> None:
        """Tell the publisher the outcome, if it waits."""

    def back(self, entry: Entry[P], /) -> None:
        """What was taken is not delivered."""

    def leave(self) -> None:
        """Get nothing more."""


class Delivery(Generic[P]):
    """A running subscription: a `penstock_api.Subscription`."""

    def __init__(
        self,
        name: str,
        place: Place[P],
        onward: Consumer[P],
        *,
        tasks: Tasks,
        counts: Counts,
        on_disconnect: Callable[[], None],
    ) -> None:
        self._name = name
        self._place = place
        self._pass_on = onward.consume
        self._tasks = tasks
        self._counts = counts
        self._on_disconnect = on_disconnect
        self._left: int | None = None
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to hand on."""
        self._place.enter()
        self._worker = self._tasks.spawn(self._run(), name=f"topic {self._name}")

    async def shutdown(self, deadline: Deadline) -> None:
        """Deliver what waits now, by `deadline`, and take nothing that comes later."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        self._left = self._place.waiting
        self._place.wake()
        if deadline.remaining() > 0:
            with contextlib.suppress(TimeoutError):
                async with within(deadline.clock, deadline.remaining()):
                    await asyncio.wait((worker,))
        worker.cancel()
        await asyncio.wait((worker,))
        self._place.leave()

    async def _run(self) -> None:
        while self._place.connected:
            entry = self._next()
            if entry is not None:
                await self._deliver(entry)
            elif self._left is not None:
                return
            else:
                await self._place.wait()
        self._on_disconnect()

    def _next(self) -> Entry[P] | None:
        if self._left is None:
            return self._place.take()
        self._left -= 1
        return self._place.take() if self._left >= 0 else None

    async def _deliver(self, entry: Entry[P]) -> None:
        """Hand on a copy: who takes it may change it, and the entry may have to be delivered again."""
        error: Exception | None = None
        try:
            await self._pass_on(entry.payload.copy())
        except asyncio.CancelledError:
            self._place.back(entry)
            raise
        except Exception as found:  # noqa: BLE001 - whatever it is belongs to the publisher
            error = found
        self._count(entry, error)
        self._place.settle(entry, error)

    def _count(self, entry: Entry[P], error: Exception | None) -> None:
        items = len(entry.payload)
        failed = 0 if error is None else items
        if isinstance(error, PartialError):
            failed = min(items, error.rejected)
        self._counts.delivered(items - failed)
        if error is not None and entry.outcome is None:
            self._counts.failed(failed, error)
