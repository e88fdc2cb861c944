"""The quota: what is left of it, who adds to it, and who takes from it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from penstock_api import Counter

__all__ = ("Handle", "Quota")


class Quota:
    """The only state. Its methods never wait, so nothing comes between their reading and their writing."""

    __slots__ = ("_left", "_most", "_rate", "_refused", "_taken")

    def __init__(self, rate: float, most: int, taken: Counter, refused: Counter) -> None:
        """`rate` in units a second. It begins full."""
        self._rate = rate
        self._most = most
        self._left = float(most)
        self._taken = taken
        self._refused = refused

    @property
    def left(self) -> float:
        """Units that can be taken now."""
        return self._left

    def change(self, rate: float, most: int) -> None:
        """Go on with another rate and another limit, from what is left."""
        self._rate, self._most = rate, most
        self._left = min(self._left, float(most))

    def refill(self, seconds: float) -> None:
        """Add what `seconds` bring."""
        self._left = min(self._left + self._rate * seconds, float(self._most))

    def try_acquire(self, units: int) -> bool:
        """Take `units`, or nothing."""
        if self._left < units:
            self._refused.add(units)
            return False
        self._left -= units
        self._taken.add(units)
        return True

    def retry_after(self, units: int) -> float:
        """Seconds until `units` are there if nobody else takes any."""
        if units > self._most:
            return math.inf
        return max(0.0, units - self._left) / self._rate


@dataclass(frozen=True, slots=True)
class Handle:
    """What consumers get: a `penstock_api.capability.RateLimiter`."""

    _try_acquire: Callable[[int], bool]
    _retry_after: Callable[[int], float]

    def try_acquire(self, units: int) -> bool:
        """Take `units` if they are there; never waits."""
        return self._try_acquire(units)

    def retry_after(self, units: int) -> float:
        """Seconds until `units` may be there; infinite when they never will."""
        return self._retry_after(units)
