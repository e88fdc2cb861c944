"""Broadcast: one ring of entries, and a cursor for each reader."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from penstock_api import RetryableError
from penstock_engine.topics.counts import Counts, Drop
from penstock_engine.topics.entry import Entry, Item

__all__ = ("Reader", "Ring")

P = TypeVar("P", bound=Item)


class Ring(Generic[P]):
    """What readers have not all read. `capacity` and `disconnects` are asked each time: rules may change."""

    def __init__(
        self,
        topic: str,
        counts: Counts,
        capacity: Callable[[], int],
        disconnects: Callable[[], bool],
        entered: Callable[[], None],
    ) -> None:
        """`entered` is called whenever a reader has come."""
        self._topic = topic
        self._entered = entered
        self._counts = counts
        self._capacity = capacity
        self._disconnects = disconnects
        self._entries: deque[Entry[P]] = deque()
        self._base = 0
        self.readers: list[Reader[P]] = []

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def end(self) -> int:
        """The number of the next entry."""
        return self._base + len(self._entries)

    def put(self, entry: Entry[P]) -> None:
        """Add an entry for every reader; those too far behind lose the oldest, or their place."""
        self._entries.append(entry)
        while len(self._entries) > self._capacity():
            for reader in self._behind():
                if self._disconnects():
                    self._disconnect(reader)
                else:
                    reader.cursor += 1
                    self.miss(self._entries[0], Drop.LAG)
            self.trim()
        for reader in self.readers:
            reader.wake()

    def enter(self, reader: "Reader[P]") -> None:
        """Give `reader` what comes from now on."""
        reader.cursor = self.end
        self.readers.append(reader)
        self._entered()

    def at(self, number: int) -> Entry[P] | None:
        """The entry of that number; None when there is none yet."""
        return self._entries[number - self._base] if number < self.end else None

    def remove(self, reader: "Reader[P]", reason: Drop) -> None:
        """`reader` reads no more; what it has not read is lost to it."""
        if reader not in self.readers:
            return
        self.readers.remove(reader)
        for number in range(reader.cursor, self.end):
            entry = self.at(number)
            if entry is not None:
                self.miss(entry, reason)
        self.trim()

    def miss(self, entry: Entry[P], reason: Drop) -> None:
        """A reader will never deliver `entry`: its publisher is told, or it is counted."""
        if entry.outcome is None:
            self._counts.dropped(reason, len(entry.payload))
        else:
            what = "is too slow" if reason is Drop.LAG else "has gone"
            entry.outcome.missed(RetryableError(f"a subscriber of topic {self._topic} {what}"))

    def _disconnect(self, reader: "Reader[P]") -> None:
        self._counts.disconnected(reader.name)
        self.remove(reader, Drop.LAG)
        reader.disconnect()

    def _behind(self) -> list["Reader[P]"]:
        return [reader for reader in self.readers if reader.cursor == self._base]

    def trim(self) -> None:
        """Forget what all have read."""
        least = min((reader.cursor for reader in self.readers), default=self.end)
        while self._base < least:
            self._entries.popleft()
            self._base += 1


class Reader(Generic[P]):
    """One subscriber that gets every entry from the moment it enters."""

    def __init__(self, ring: Ring[P], name: str) -> None:
        self.name = name
        self.cursor = 0
        self.connected = True
        self._ring = ring
        self._woken: asyncio.Future[None] | None = None

    @property
    def waiting(self) -> int:
        """Entries that wait for this reader."""
        return self._ring.end - self.cursor if self in self._ring.readers else 0

    def enter(self) -> None:
        """Get what comes from now on."""
        self._ring.enter(self)

    def take(self) -> Entry[P] | None:
        """The next entry whose publisher still wants it delivered."""
        while self.waiting:
            entry = self._ring.at(self.cursor)
            self.cursor += 1
            self._ring.trim()
            if entry is not None and entry.wanted:
                return entry
        return None

    async def wait(self) -> None:
        """Return when there may be an entry, or `wake` was called."""
        self._woken = asyncio.get_running_loop().create_future()
        try:
            await self._woken
        finally:
            self._woken = None

    def wake(self) -> None:
        """End `wait`."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def disconnect(self) -> None:
        """It is too far behind: it gets nothing more."""
        self.connected = False
        self.wake()

    def settle(self, entry: Entry[P], error: Exception | None) -> None:
        """Tell the publisher, if it waits."""
        if entry.outcome is not None:
            entry.outcome.by_reader(error)

    def back(self, entry: Entry[P]) -> None:
        """Not delivered, and nobody else delivers it for this reader."""
        self._ring.miss(entry, Drop.CLOSED)

    def leave(self) -> None:
        """Get nothing more."""
        self._ring.remove(self, Drop.CLOSED)
