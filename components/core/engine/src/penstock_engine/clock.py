"""Time by the running event loop."""

import asyncio
import time
from collections.abc import Callable

__all__ = ("LoopClock",)


class LoopClock:
    """The real `penstock_api.Clock`. Usable only inside a running event loop."""

    def now(self) -> float:
        """Monotonic seconds: the loop's own time is `time.monotonic`."""
        return time.monotonic()

    def wall_ns(self) -> int:
        """Nanoseconds since the Unix epoch."""
        return time.time_ns()

    def call_later(self, seconds: float, call: Callable[[], object]) -> asyncio.TimerHandle:
        """Run `call` in the loop after `seconds`."""
        return asyncio.get_running_loop().call_later(seconds, call)

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        await asyncio.sleep(seconds)
