"""A share of the engine's quota."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from penstock_api import Clock
from penstock_api.capability import CapabilityError
from penstock_dataflow.workers.handles import QuotaHandle

__all__ = ("LeasedQuota",)

_FIRST_LEASE: Final = 1024


class LeasedQuota:
    """A share of the engine's quota, taken in advance: what it gave out can never be more than it leased.

    It asks for more in the background before it runs out. What it holds when the worker ends is lost.
    """

    def __init__(self, lease: Callable[[int], Awaitable[tuple[int, float]]], clock: Clock) -> None:
        self._lease = lease
        self._clock = clock
        self._left = 0
        self._chunk = _FIRST_LEASE
        self._more_at = 0.0
        self._wanted = asyncio.Event()
        self.leased = asyncio.Event()
        """Set when the engine has answered once."""

    def handle(self) -> QuotaHandle:
        """What consumers get."""
        return QuotaHandle(self.try_acquire, self.retry_after)

    async def refill(self) -> None:
        """Lease until cancelled. Raises nothing: without an answer nothing is given out."""
        while True:
            await self._once()
            await self._wanted.wait()
            self._wanted.clear()
            await self._clock.sleep(max(0.0, self._more_at - self._clock.now()))

    async def _once(self) -> None:
        try:
            granted, seconds = await self._lease(self._chunk)
        except CapabilityError:
            granted, seconds = 0, 1.0
        self.leased.set()
        self._left += granted
        if granted:  # a small quota is not hoarded: what it could give is asked for the next time
            self._chunk = min(self._chunk, granted)
        self._more_at = self._clock.now() + (0.0 if granted else min(seconds, 1.0))

    def try_acquire(self, units: int) -> bool:
        """Take `units` of what is leased."""
        if self._left < units:
            self._chunk = max(self._chunk, 2 * units, min(2 * self._chunk, _FIRST_LEASE))
            self._wanted.set()
            return False
        self._left -= units
        if self._left < self._chunk // 2:
            self._wanted.set()
        return True

    def retry_after(self, units: int) -> float:
        """A guess: the engine knows, and it is asked in the background."""
        if units <= self._left:
            return 0.0
        return max(0.01, self._more_at - self._clock.now())
