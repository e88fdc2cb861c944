"""Runs a handler at once, and makes a task of it only when it has to wait."""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeAlias  # Any: what coroutines of asyncio yield is the loop's own

__all__ = ("Spawn", "Work", "drive")

Work: TypeAlias = Coroutine[Any, Any, None]
Spawn: TypeAlias = Callable[[Work], "asyncio.Task[None]"]
"""Runs the rest of some work as a task."""


class _StandIn:
    """What `asyncio.current_task` gives before there is a task: passes on to the task that the work becomes.

    `asyncio.timeout` and its like remember the task that they began in, to cancel it later.
    """

    __slots__ = ("task",)

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None

    def cancel(self, msg: object = None) -> bool:
        return self.task is not None and self.task.cancel(msg)

    def uncancel(self) -> int:
        return self.task.uncancel() if self.task is not None else 0

    def cancelling(self) -> int:
        return self.task.cancelling() if self.task is not None else 0

    def get_name(self) -> str:
        return self.task.get_name() if self.task is not None else "a request"


def drive(loop: asyncio.AbstractEventLoop, work: Work, spawn: Spawn) -> "asyncio.Task[None] | None":
    """Run `work` until it ends or waits; what is left then becomes a task, which is the result.

    `work` must not raise: there is nobody to raise to.
    """
    stand_in = _StandIn()
    current = asyncio.current_task(loop)
    if current is not None:
        asyncio._leave_task(loop, current)  # noqa: SLF001 - documented, for those who run coroutines
    asyncio._enter_task(loop, stand_in)  # type: ignore[arg-type]  # noqa: SLF001 - it stands in for a task
    try:
        waiting = work.send(None)
    except StopIteration:
        return None
    finally:
        asyncio._leave_task(loop, stand_in)  # type: ignore[arg-type]  # noqa: SLF001
        if current is not None:
            asyncio._enter_task(loop, current)  # noqa: SLF001
    stand_in.task = spawn(_rest(work, waiting))
    return stand_in.task


@types.coroutine
def _go_on(work: Work, waiting: object) -> Generator[Any, Any, None]:
    """What is left of `work`, which waits for `waiting`."""
    step: Callable[[Any], Any]
    while True:
        try:
            argument = yield waiting
            step = work.send
        except BaseException as error:  # noqa: BLE001 - whatever is thrown is meant for `work`
            argument, step = error, work.throw
        try:
            waiting = step(argument)
        except StopIteration:
            return


async def _rest(work: Work, waiting: object) -> None:
    try:
        await _go_on(work, waiting)
    finally:
        work.close()  # when the task ended before it began
