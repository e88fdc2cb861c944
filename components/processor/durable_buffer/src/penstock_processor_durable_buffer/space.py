"""Bounds the bytes that the buffer holds."""

import asyncio
from collections.abc import Awaitable, Callable

from penstock_api import PermanentError, RetryableError

__all__ = ("Space",)


class Space:
    """Room for so many bytes. Who finds none waits, first come first served, or has the oldest dropped."""

    def __init__(self, capacity: int, drop_oldest: Callable[[], Awaitable[bool]] | None) -> None:
        """`drop_oldest` says whether it found anything to drop."""
        self.used = 0
        self._capacity = capacity
        self._drop_oldest = drop_oldest
        self._ending = False
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    async def take(self, size: int) -> None:
        """Take room for `size` bytes. Raises `ConsumeError` when there never can be, or the buffer stops."""
        if size > self._capacity:
            raise PermanentError(f"a batch is larger than `retention_size_cap` {self._capacity}: {size}")
        async with self._turn:
            while self.used + size > self._capacity and not self._ending:
                self._freed.clear()
                if self._drop_oldest is None or not await self._drop_oldest():
                    await self._freed.wait()
            if self.used + size > self._capacity:
                raise RetryableError("the durable buffer is full, and stops")
            self.used += size

    def give(self, size: int) -> None:
        """Give back what `take` took."""
        self.used -= size
        self._freed.set()

    def end(self) -> None:
        """From now on nobody waits: who finds no room is refused."""
        self._ending = True
        self._freed.set()
