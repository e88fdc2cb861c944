"""Cuts work off at a deadline, by the deadline's own clock."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from penstock_api import Deadline

__all__ = ("within",)


@contextlib.asynccontextmanager
async def within(deadline: Deadline, *, grace: float = 0.0) -> AsyncIterator[None]:
    """Cancel the body `grace` seconds after `deadline`; it then raises `TimeoutError`."""
    seconds = deadline.remaining() + grace
    async with asyncio.timeout(None if seconds > 0 else 0) as limit:
        timer = deadline.clock.call_later(seconds, lambda: limit.reschedule(0)) if seconds > 0 else None
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
