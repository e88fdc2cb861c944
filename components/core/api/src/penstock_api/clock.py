"""Time as components see it, so that tests can move it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

__all__ = ("Call", "Clock", "Deadline", "Timer", "within")


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Forget the call; does nothing once it has run."""


class Clock(Protocol):
    """Monotonic and wall time. The real one follows the event loop, the testkit's is moved by hand."""

    def now(self) -> float:
        """Monotonic seconds; only differences mean something."""
        ...

    def wall_ns(self) -> int:
        """Nanoseconds since the Unix epoch, for what is shown or stored."""
        ...

    def call_later(self, seconds: float, call: "Call") -> Timer:
        """Run `call` in the loop after `seconds`."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class Call(Protocol):
    """A function of no arguments."""

    def __call__(self) -> object:
        """Do it."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which work must have ended, in seconds of `clock.now()`."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> "Deadline":
        """The moment `seconds` from now."""
        return cls(clock, clock.now() + seconds)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock.now())


@asynccontextmanager
async def within(clock: Clock, seconds: float) -> AsyncIterator[None]:
    """Cancel the block when it takes longer than `seconds` of `clock`, and raise `TimeoutError`."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        timer = clock.call_later(seconds, lambda: limit.reschedule(loop.time()))
        try:
            yield
        finally:
            timer.cancel()
