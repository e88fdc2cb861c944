"""Time as it is given to the wire from outside."""

from collections.abc import Callable
from typing import Protocol

__all__ = ("Clock", "Timer")


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Forget the call; does nothing once it has run."""


class Clock(Protocol):
    """Monotonic and wall time, which tests can move."""

    def now(self) -> float:
        """Monotonic seconds; only differences mean something."""
        ...

    def wall_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        ...

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Run `call` in the loop after `seconds`."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
