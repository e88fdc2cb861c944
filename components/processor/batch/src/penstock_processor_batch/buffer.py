"""Batches that wait to be sent as one."""

from typing import Generic, TypeVar

from penstock_api import AnyBatch, Client

__all__ = ("Buffer",)

B = TypeVar("B", bound=AnyBatch)


class Buffer(Generic[B]):
    """Holds batches as they came; `take` joins them without touching an item."""

    __slots__ = ("_client", "_kind", "_limit", "_parts", "items")

    def __init__(self, kind: type[B], client: Client, limit: int) -> None:
        """Hand out batches of class `kind`, as from `client`, of at most `limit` items (0: any number)."""
        self._kind = kind
        self._client = client
        self._limit = limit
        self._parts: list[B] = []
        self.items = 0

    def add(self, batch: B) -> None:
        """Keep `batch`."""
        self._parts.append(batch)
        self.items += len(batch)

    def take(self) -> B:
        """All that is kept, as one batch; up to the limit if there is one. The rest stays, in order."""
        if not self._limit or self.items <= self._limit:
            taken, self._parts, self.items = self._parts, [], 0
        else:
            taken = self._cut()
            self.items -= self._limit
        if len(taken) == 1 and taken[0].client is self._client:
            return taken[0]
        return self._kind.join(taken, self._client)

    def clear(self) -> int:
        """Forget all that is kept; the number of its items."""
        items, self._parts, self.items = self.items, [], 0
        return items

    def _cut(self) -> list[B]:
        """Take parts of exactly `limit` items. Only the one that crosses the limit is split."""
        room, whole = self._limit, 0
        while len(self._parts[whole]) <= room:
            room -= len(self._parts[whole])
            whole += 1
        taken, rest = self._parts[:whole], self._parts[whole:]
        if room:
            head, *tail = rest[0].split(self._limit, first=room)
            taken.append(head)
            rest[:1] = tail
        self._parts = rest
        return taken
