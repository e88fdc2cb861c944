"""Waiting for the first of several things."""

import asyncio
from collections.abc import Coroutine

__all__ = ("first",)


async def first(*waits: Coroutine[object, object, object]) -> None:
    """Return when one of `waits` has returned; the others are cancelled. Raises what it raised."""
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
