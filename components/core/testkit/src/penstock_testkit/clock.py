"""Time that stands still until a test moves it."""

import asyncio
import functools
import heapq
import itertools
from dataclasses import dataclass, field
from typing import Final

from penstock_api import Timer
from penstock_api.clock import Call

__all__ = ("FakeClock", "settle")

_NS: Final = 1_000_000_000
_EPOCH_NS: Final = 1_700_000_000 * _NS
_ROUNDS: Final = 1_000


async def settle() -> None:
    """Let everything that is ready to run do so, until all tasks wait for something.

    Work in threads and answers from other processes are not waited for. Gives up after 1000 rounds of the
    loop, which is a task that never waits.
    """
    loop = asyncio.get_running_loop()
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the first lets sockets be polled, the second runs what they made ready
        if not getattr(loop, "_ready", None):  # only the standard loop shows its queue
            return
    raise AssertionError(f"the loop did not settle in {_ROUNDS} rounds: a task never waits")


@dataclass(slots=True, order=True)
class _Due:
    """A call in the heap; ties run in the order in which they were asked for."""

    at_ns: int
    number: int
    call: Call | None = field(compare=False)

    def cancel(self) -> None:
        self.call = None


class FakeClock:
    """A `penstock_api.Clock` in which time passes only in `advance`."""

    def __init__(self, *, wall_ns: int = _EPOCH_NS) -> None:
        """Start at `now() == 0.0`, which on the wall is `wall_ns`."""
        self._ns = 0
        self._wall_ns = wall_ns
        self._heap: list[_Due] = []
        self._numbers = itertools.count()

    def now(self) -> float:
        """Seconds since the clock was made."""
        return self._ns / _NS

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch; follows `now` exactly."""
        return self._wall_ns + self._ns

    def call_later(self, seconds: float, call: Call) -> Timer:
        """Run `call` in the `advance` that reaches it."""
        due = _Due(self._ns + max(0, round(seconds * _NS)), next(self._numbers), call)
        heapq.heappush(self._heap, due)
        return due

    async def sleep(self, seconds: float) -> None:
        """Return in the `advance` that reaches it; at once when `seconds` is not positive."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, functools.partial(_wake, woken))
        try:
            await woken
        finally:
            timer.cancel()

    @property
    def waiting(self) -> int:
        """How many timers and sleepers are due later."""
        return sum(due.call is not None for due in self._heap)

    async def advance(self, seconds: float = 0.0) -> None:
        """Let `seconds` pass: run what is due, in order, each at its own time, and let the loop settle.

        The loop settles first, so that what was just started can ask for its timers.
        """
        await settle()
        target = self._ns + round(seconds * _NS)
        while self._heap and self._heap[0].at_ns <= target:
            due = heapq.heappop(self._heap)
            if due.call is None:
                continue
            self._ns = max(self._ns, due.at_ns)
            due.call()
            await settle()
        self._ns = target


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
