"""Runs work at once, and makes a task of it only when it has to wait."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, Generic, TypeAlias, TypeVar  # Any: what coroutines yield is the loop's own

__all__ = ("Rest", "Spawn", "Work", "begin")

_T = TypeVar("_T")
Work: TypeAlias = Coroutine[Any, Any, None]
Spawn: TypeAlias = Callable[[Work], "asyncio.Task[None]"]
"""Runs the rest of some work as a task."""


class _StandIn:
    """What `asyncio.current_task` gives to some work, from its beginning to its end: the same object.

    `asyncio.timeout`, anyio's scopes and their like remember the task that they began in, to cancel it later
    and to see that they end in it. Once there is a task, all that is asked of this object is asked of that.
    """

    __slots__ = ("__weakref__", "cancels", "task")

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.cancels = 0
        """How often it was cancelled before there was a task."""

    def cancel(self, msg: object = None) -> bool:
        if self.task is not None:
            return self.task.cancel(msg)
        self.cancels += 1
        return True

    def uncancel(self) -> int:
        if self.task is not None:
            return self.task.uncancel()
        self.cancels = max(0, self.cancels - 1)
        return self.cancels

    def cancelling(self) -> int:
        return self.task.cancelling() if self.task is not None else self.cancels

    def done(self) -> bool:
        return self.task is not None and self.task.done()

    def get_name(self) -> str:
        return self.task.get_name() if self.task is not None else "a request"

    def __getattr__(self, name: str) -> Any:  # Any: whatever a task has
        if self.task is not None:
            return getattr(self.task, name)
        if name == "_must_cancel":  # which anyio asks a task for, as well as what it waits for
            return self.cancels > 0
        if name == "_fut_waiter":
            return None
        raise AttributeError(name)


def begin(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, _T]) -> "_T | Rest[_T]":
    """The result of `work`, if that ends without waiting; otherwise what is left. Raises what it raises."""
    stand_in = _StandIn()
    try:
        waiting = _run_as(stand_in, loop, work.send, None)
    except StopIteration as end:
        result: _T = end.value
        return result
    return Rest(work, waiting, stand_in, loop)


def _run_as(
    task: _StandIn, loop: asyncio.AbstractEventLoop, step: Callable[..., Any], *value: Any
) -> Any:  # Any: what coroutines of asyncio yield is the loop's own
    """Do one step of some work, with `task` as the current one."""
    before = asyncio.current_task(loop)
    if before is not None:
        asyncio._leave_task(loop, before)  # noqa: SLF001 - documented, for those who run coroutines
    asyncio._enter_task(loop, task)  # type: ignore[arg-type]  # noqa: SLF001 - it stands in for a task
    try:
        return step(*value)
    finally:
        asyncio._leave_task(loop, task)  # type: ignore[arg-type]  # noqa: SLF001
        if before is not None:
            asyncio._enter_task(loop, before)  # noqa: SLF001


class Rest(Coroutine[Any, Any, None], Generic[_T]):
    """What is left of some work, which waits for something already.

    It goes on as a task, which raises nothing but that it was cancelled: how the work ended is told.
    """

    __slots__ = ("_done", "_loop", "_stand_in", "_waiting", "_work")

    def __init__(
        self,
        work: Coroutine[Any, Any, _T],
        waiting: Any,  # Any: as above
        stand_in: _StandIn,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._work = work
        self._stand_in = stand_in
        self._loop = loop
        self._waiting = waiting
        self._done: Callable[[_T | BaseException], object] | None = None

    def go_on(self, spawn: Spawn, done: Callable[[_T | BaseException], object]) -> "asyncio.Task[None]":
        """Go on as a task, and tell `done` once how the work ended, in the same turn of the loop."""
        self._done = done
        stand_in = self._stand_in
        stand_in.task = task = spawn(self)
        task.add_done_callback(self._finish)
        for _ in range(stand_in.cancels):
            task.cancel()
        return task

    def send(self, value: Any, /) -> Any:
        """Go on; first of all, tell what the work waits for."""
        waiting, self._waiting = self._waiting, _NOTHING
        if waiting is not _NOTHING:
            return waiting
        return self._step(self._work.send, value)

    def throw(self, *error: Any) -> Any:
        """Let `error` come out of what the work waits for."""
        waiting, self._waiting = self._waiting, _NOTHING
        if isinstance(waiting, asyncio.Future):
            waiting.cancel()
        return self._step(self._work.throw, *error)

    def close(self) -> None:
        """Give the work up."""
        _run_as(self._stand_in, self._loop, self._work.close)
        self._tell(asyncio.CancelledError())

    def __await__(self) -> Generator[Any, Any, None]:
        return self._go_on()

    def _step(self, step: Callable[..., Any], *value: Any) -> Any:
        try:
            return _run_as(self._stand_in, self._loop, step, *value)
        except StopIteration as end:
            self._tell(end.value)
        except Exception as error:  # noqa: BLE001 - it is told
            self._tell(error)
        except BaseException as error:
            self._tell(error)
            raise
        raise StopIteration

    def _tell(self, outcome: _T | BaseException) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(outcome)

    def _finish(self, _task: object) -> None:
        """The task has ended. If it was cancelled before it began, the work does not know yet."""
        if self._done is not None:
            with contextlib.suppress(StopIteration, asyncio.CancelledError):
                self.throw(asyncio.CancelledError())
            self.close()

    def _go_on(self) -> Generator[Any, Any, None]:
        value, send = None, self.send
        while True:
            try:
                waiting = send(value)
            except StopIteration:
                return
            try:
                value, send = (yield waiting), self.send
            except BaseException as error:  # noqa: BLE001 - whatever is thrown is meant for the work
                value, send = error, self.throw


_NOTHING: Final = object()
