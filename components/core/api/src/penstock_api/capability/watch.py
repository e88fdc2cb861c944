"""A value with one writer and any number of readers, who see the latest."""

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

__all__ = ("Publisher", "Watch", "watch_channel")

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Cell(Generic[T]):
    """The value, a number that grows with every change, and those who wait for the next one."""

    __slots__ = ("closed", "value", "version", "waiting")

    def __init__(self, value: T) -> None:
        self.value = value
        self.version = 0
        self.closed = False
        self.waiting: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        waiting, self.waiting = self.waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)


class Publisher(Generic[T]):
    """The writing end. It belongs to an extension's lifecycle."""

    __slots__ = ("_cell",)

    def __init__(self, cell: "_Cell[T]") -> None:
        """For `watch_channel`."""
        self._cell = cell

    def publish(self, value: T) -> None:
        """Replace the value. Values that must agree belong into one value."""
        if self._cell.closed:
            raise RuntimeError("watch is closed")
        self._cell.value = value
        self._cell.version += 1
        self._cell.wake()

    def close(self) -> None:
        """No further value will come: every iteration over a watch ends."""
        self._cell.closed = True
        self._cell.wake()


class Watch(Generic[T_co]):
    """The reading end, for handles. Reading takes no lock and waits for nobody."""

    __slots__ = ("_cell",)

    def __init__(self, cell: "_Cell[T_co]") -> None:
        """For `watch_channel`."""
        self._cell = cell

    @property
    def current(self) -> T_co:
        """The latest value."""
        return self._cell.value

    async def values(self) -> AsyncIterator[T_co]:
        """The current value at once, then every newer one until the end.

        Each iteration is independent; one that is slow skips to the latest.
        """
        cell, seen = self._cell, -1
        while True:
            if cell.version != seen:
                seen = cell.version
                yield cell.value
            elif cell.closed:
                return
            else:
                await _changed(cell)


async def _changed(cell: "_Cell[T]") -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    cell.waiting.add(future)
    try:
        await future
    finally:
        cell.waiting.discard(future)


def watch_channel(initial: T) -> tuple[Publisher[T], Watch[T]]:
    """Both ends of a new value, made together: neither can do the other's work."""
    cell = _Cell(initial)
    return Publisher(cell), Watch(cell)
