"""Runs a component under test through its life."""

import contextlib
from collections.abc import AsyncIterator
from typing import TypeVar

from penstock_api import Clock, Deadline, Shutdown, Start
from penstock_testkit.clock import FakeClock

__all__ = ("running", "start", "stop")

T = TypeVar("T")


async def start(component: object) -> None:
    """Start `component`, if it has anything to start."""
    if isinstance(component, Start):
        await component.start()


async def stop(component: object, *, clock: Clock | None = None, within: float = 5.0) -> None:
    """Shut `component` down, if it has anything to shut down. `clock` is the one of its settings."""
    if isinstance(component, Shutdown):
        await component.shutdown(Deadline.after(clock or FakeClock(), within))


@contextlib.asynccontextmanager
async def running(component: T, *, clock: Clock | None = None) -> AsyncIterator[T]:
    """`component`, started; it is shut down at the end, whatever happened."""
    try:
        await start(component)
        yield component
    finally:
        await stop(component, clock=clock)
