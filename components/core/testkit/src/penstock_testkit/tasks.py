"""Background work in tests: real tasks, remembered so that none can be forgotten."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from typing import Final

from penstock_api import Report, Status

__all__ = ("RecordingTasks", "check_none_left", "watch")

_watched: Final[list["RecordingTasks"]] = []


class RecordingTasks:
    """A `penstock_api.Tasks` that knows every task it started.

    A task that still runs when its test function ends, or that raised, fails the test. A test that expects
    a task to fail takes the error out of `failures`.
    """

    def __init__(self, report: Report) -> None:
        """Tell `report` of failing tasks, as the runtime does."""
        self.spawned: list[asyncio.Task[None]] = []
        self.failures: list[BaseException] = []
        self._report = report
        _watched.append(self)

    def spawn(self, work: Coroutine[object, object, None], *, name: str) -> asyncio.Task[None]:
        """Run `work` as a task of the running loop."""
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work, name=name)
        self.spawned.append(task)
        task.add_done_callback(self._ended)
        return task

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the tasks that have not ended."""
        return tuple(task.get_name() for task in self.spawned if not task.done())

    async def cancel(self) -> None:
        """End what still runs, as the runtime does after a component's shutdown."""
        left = [task for task in self.spawned if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def check(self) -> None:
        """Raise when a task failed, and that was not expected, or still runs."""
        if self.failures:
            raise self.failures[0]
        if self.running:
            raise AssertionError(f"tasks left running: {', '.join(self.running)}")

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.failures.append(error)
            self._report(Status.FATAL_ERROR, f"{task.get_name()}: {error}")


@contextlib.contextmanager
def watch() -> Iterator[None]:
    """Forget what was made before: the leftovers of fixtures are the fixtures' to end."""
    _watched.clear()
    try:
        yield
    finally:
        _watched.clear()


def check_none_left() -> None:
    """Raise when a `RecordingTasks` made under `watch` has unexpected failures or running tasks."""
    for tasks in tuple(_watched):
        tasks.check()
