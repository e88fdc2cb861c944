"""The only place where tasks are born: each has a name, an owner, and somebody who hears of its failure."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Final

from penstock_api import Deadline, within

__all__ = ("TaskScope",)

_TURNS: Final = 3
"""Turns of the loop in which a task that is cancelled usually ends."""

_Log = logging.Logger | logging.LoggerAdapter[logging.Logger]


class TaskScope:
    """The tasks of one owner: the runtime's side of `penstock_api.Tasks`."""

    def __init__(self, owner: str, on_failure: Callable[[BaseException], None], log: "_Log") -> None:
        self._owner = owner
        self._on_failure = on_failure
        self._log = log
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[object, object, None], *, name: str) -> asyncio.Task[None]:
        """Run `work`; an exception that it does not handle itself goes to the scope's `on_failure`."""
        task = asyncio.get_running_loop().create_task(work, name=f"{self._owner}: {name}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, deadline: Deadline | None = None) -> None:
        """Cancel what still runs, log its names (its owner should have ended it) and wait for the end.

        With a `deadline` that wait ends with it: what does not end even then is left, and logged too.
        """
        left = tuple(self._running)
        for task in left:
            task.cancel()
        if not left:
            return
        names = sorted(task.get_name() for task in left)
        self._log.debug("cancelled tasks left at shutdown", extra={"tasks": names})
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        with contextlib.suppress(TimeoutError):
            if not any(task in self._running for task in left):
                return
            async with _by(deadline):
                await asyncio.wait(left)
        stuck = sorted(task.get_name() for task in left if not task.done())
        if stuck:
            self._log.error("tasks do not end when they are cancelled", extra={"tasks": stuck})

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            error: BaseException | None = task.exception()
        elif task.cancelling():
            return
        else:
            error = asyncio.CancelledError("nobody asked for it")  # it awaited something that was cancelled
        if error is not None:
            self._on_failure(error)


@contextlib.asynccontextmanager
async def _by(deadline: Deadline | None) -> AsyncIterator[None]:
    """Raise `TimeoutError` when the block takes longer."""
    if deadline is None:
        yield
        return
    async with within(deadline.clock, deadline.remaining()):
        yield
