"""Bounds what the queue holds."""

import asyncio

from penstock_api.errors import PermanentError, RetryableError

__all__ = ("Room",)


class Room:
    """Room for so much; who finds none is refused, or waits, first come first served."""

    def __init__(self, capacity: int, *, block: bool) -> None:
        self.used = 0
        self._capacity = capacity
        self._block = block
        self._closed = False
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    async def reserve(self, size: int) -> None:
        """Take room for `size`. Raises `ConsumeError` when there is none, or never can be."""
        if size > self._capacity:
            raise PermanentError(f"element size too large, the queue holds {self._capacity}: {size}")
        if not self._block:
            if self.used + size > self._capacity:
                raise RetryableError("sending queue is full")
            self.used += size
            return
        async with self._turn:
            while self.used + size > self._capacity and not self._closed:
                self._freed.clear()
                await self._freed.wait()
            if self._closed:
                raise RetryableError("exporter is shutting down")
            self.used += size

    def occupy(self, size: int) -> None:
        """Take room for `size` whether there is any or not: for what was accepted before."""
        self.used += size

    def release(self, size: int) -> None:
        """Give back what `reserve` took."""
        self.used -= size
        self._freed.set()

    def close(self) -> None:
        """Refuse who waits."""
        self._closed = True
        self._freed.set()
