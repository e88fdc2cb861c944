"""How a component gets background work: the runtime names, watches and ends it."""

import asyncio
from collections.abc import Coroutine
from typing import Protocol

__all__ = ("Tasks",)


class Tasks(Protocol):
    """The tasks of one component. There is no other way to start one."""

    def spawn(self, work: Coroutine[object, object, None], *, name: str) -> asyncio.Task[None]:
        """Run `work`. If it raises, the component is reported as failed for good (`FatalError`).

        What is still running after the component's `shutdown` is cancelled and logged by name.
        """
        ...
