"""Lifecycle objects with `start` and `shutdown`, as every component may have, led like those with `run`."""

import asyncio
from collections.abc import Callable

from penstock_api.extension import Control, Lifecycle, Reconfigure, Run, Stop
from penstock_api.lifecycle import Shutdown, Start
from penstock_engine.units import itself

__all__ = ("StartStop", "as_run")


class StartStop:
    """Starts the object, says `ready`, waits for `Stop`, and shuts the object down.

    One that cannot start is shut down too, when `Stop` comes; `on_failed_start` is told at once.
    """

    def __init__(self, component: Lifecycle, on_failed_start: Callable[[Exception], None]) -> None:
        self._component = component
        self._on_failed_start = on_failed_start
        self.is_starting = False

    async def run(self, control: Control, /) -> None:
        """Lead the object's life."""
        await self._start(control)
        message = await control.wait()
        while not isinstance(message, Stop):
            if isinstance(message, Reconfigure):
                message.refuse("it has no `run` that could take a new config")
            message = await control.wait()
        if isinstance(self._component, Shutdown):
            await itself(self._component.shutdown(message.deadline))

    async def _start(self, control: Control) -> None:
        if isinstance(self._component, Start):
            self.is_starting = True
            try:
                await itself(self._component.start())
            except asyncio.CancelledError:  # it is to stop before it has started
                task = asyncio.current_task()
                if task is None or not task.uncancel() == 0:
                    raise
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, others learn of it and this one is still stopped
                self._on_failed_start(error)
                return
            finally:
                self.is_starting = False
        control.ready()


def as_run(lifecycle: Lifecycle, on_failed_start: Callable[[Exception], None]) -> "Run | StartStop":
    """`lifecycle` if it is one coroutine, or an adapter that makes it one."""
    if callable(getattr(lifecycle, "run", None)):
        return lifecycle  # type: ignore[return-value] # it has `run`, as its type says
    return StartStop(lifecycle, on_failed_start)
