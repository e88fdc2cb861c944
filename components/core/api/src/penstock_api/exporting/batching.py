"""Joins small batches and cuts large ones, without losing sight of who sent which items."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from penstock_api.batch import AnyBatch
from penstock_api.client import Client
from penstock_api.clock import Clock, Timer
from penstock_api.exporting.config import QueueBatchConfig
from penstock_api.exporting.entry import Entry, Share, Unit, deal

__all__ = ("SIZERS", "Batching", "Sizer", "cut")

B = TypeVar("B", bound=AnyBatch)
Sizer = Callable[[AnyBatch], int]
_Key = tuple[tuple[str, ...] | None, ...]

SIZERS: Final[Mapping[str, Sizer]] = {
    "requests": lambda _: 1,
    "items": len,
    "bytes": lambda batch: batch.size,
}


@dataclass(slots=True)
class _Open(Generic[B]):
    """A batch that still waits for more. `timer` sends it as it is."""

    batches: list[B]
    shares: deque[Share]
    size: int
    timer: Timer | None = field(default=None)

    def close(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class Batching(Generic[B]):
    """Collects batches, one collection per partition, and hands out what is large or old enough.

    A partition lives only while it holds items, so the queue's capacity bounds the number of partitions.
    """

    def __init__(
        self, clock: Clock, config: QueueBatchConfig, sizer: Sizer, ready: Callable[[Unit[B]], None]
    ) -> None:
        """`ready` takes what is to be sent."""
        self._clock = clock
        self._config = config
        self._sizer = sizer
        self._ready = ready
        self._keys = tuple(key.lower() for key in config.partition.metadata_keys)
        self._open: dict[_Key, _Open[B]] = {}

    def add(self, batch: B, entry: Entry) -> None:
        """Take all items of `batch`."""
        key: _Key = tuple(batch.client.metadata.get(name) for name in self._keys)
        self._put(key, [batch], deque(((entry, len(batch)),)), self._sizer(batch))

    def flush(self) -> None:
        """Hand out everything."""
        for key in tuple(self._open):
            self._send(key)

    def _put(self, key: _Key, batches: list[B], shares: deque[Share], size: int) -> None:
        held = self._open.get(key)
        if held is None:
            held = self._open[key] = _Open(batches, shares, size)
            held.timer = self._clock.call_later(self._config.flush_timeout, lambda: self._send(key))
        else:
            held.batches += batches
            held.shares += shares
            held.size += size
        if 0 < self._config.max_size < held.size and sum(map(len, held.batches)) > 1:
            self._cut(key)
        elif held.size >= self._config.min_size:
            self._send(key)

    def _cut(self, key: _Key) -> None:
        """Hand out full batches; what is left over starts anew."""
        held = self._open.pop(key)
        held.close()
        *full, rest = cut(self._join(key, held), self._config.max_size, self._sizer)
        for piece in full:
            self._ready(Unit(piece, deal(held.shares, len(piece))))
        self._put(key, [rest], held.shares, self._sizer(rest))

    def _send(self, key: _Key) -> None:
        held = self._open.pop(key)
        held.close()
        self._ready(Unit(self._join(key, held), tuple(held.shares)))

    def _join(self, key: _Key, held: _Open[B]) -> B:
        first = held.batches[0]
        if len(held.batches) == 1:
            return first
        if not self._keys:
            return type(first).join(held.batches)
        common = {name: values for name, values in zip(self._keys, key, strict=True) if values is not None}
        return type(first).join(held.batches, Client(metadata=common))


def cut(batch: B, limit: int, sizer: Sizer) -> tuple[B, ...]:
    """Cut `batch` into pieces of at most `limit`, as far as single items allow; in order."""
    size = sizer(batch)
    if size <= limit or len(batch) == 1:
        return (batch,)
    pieces = batch.split(max(1, len(batch) * limit // size))
    return tuple(part for piece in pieces for part in cut(piece, limit, sizer))
