"""Ends things in order under one deadline: each after all that feed it, and none too late for the others."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TypeVar

from penstock_api import Deadline, within

__all__ = ("in_turn",)

T = TypeVar("T")
R = TypeVar("R")


async def in_turn(
    things: Sequence[T],
    before: Mapping[T, Collection[T]],
    end: Callable[[T], Awaitable[R]],
    deadline: Deadline,
) -> list[R]:
    """End each of `things` as soon as all that are `before` it have ended; at the deadline it waits no more.

    Returns what `end` returned, in the order of `things`. What of `before` is not among them counts as ended.
    """
    ended = {one: asyncio.Event() for one in things}

    async def turn(one: T) -> R:
        with contextlib.suppress(TimeoutError):
            async with within(deadline.clock, deadline.remaining()):
                for other in before.get(one, ()):
                    if other in ended:
                        await ended[other].wait()
        try:
            return await end(one)
        finally:
            ended[one].set()

    return await asyncio.gather(*map(turn, things))
