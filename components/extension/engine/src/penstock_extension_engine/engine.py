"""The extension: a dataflow engine with a life of its own, whose failures stay its own."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from penstock_api import ComponentId, Deadline, ExtensionSettings, StartError, Status
from penstock_extension_engine.config import EngineConfig
from penstock_extension_engine.state import State

if TYPE_CHECKING:
    from penstock_dataflow import Dataflow

__all__ = ("Engine",)

_BACKOFF: Final = (2.0, 4.0, 8.0, 15.0)
_STEADY_SECONDS: Final = 60.0
"""After running this long, the next failure is the first again."""
_CLEAN_UP_SECONDS: Final = 5.0
"""How long a failed engine may take to stop before it is tried again."""

_in_process: list["Engine"] = []
"""The engine of this process, if one runs: node components may hold ports and files that exist once."""


class Engine:
    """Runs one dataflow, and runs it again after a pause when it fails. The host never fails for it."""

    def __init__(self, settings: ExtensionSettings, config: EngineConfig) -> None:
        self._settings = settings
        self._config = config
        self._state = State.NOT_STARTED
        self._changed = asyncio.Event()
        self._flow: Dataflow | None = None
        self._runner: asyncio.Task[None] | None = None
        self._errors = settings.meter.counter("otelcol_extension_engine_run_errors", unit="{errors}")
        for state in State:
            settings.meter.gauge(
                "otelcol_extension_engine_state", self._reader(state), unit="1", state=state.value
            )

    @property
    def id(self) -> ComponentId:
        """The id under which the host knows it."""
        return self._settings.id

    @property
    def state(self) -> State:
        """Where it is in its life."""
        return self._state

    async def reach(self, state: State) -> None:
        """Wait until it is in `state`."""
        while self._state is not state:
            self._changed.clear()
            await self._changed.wait()

    async def start(self) -> None:
        """Begin to run, and return at once. Raises `StartError` when the process has an engine already."""
        if _in_process and _in_process[0] is not self:
            raise StartError(f"one process runs one dataflow engine, and it is: {_in_process[0].id}")
        _in_process[:] = [self]
        self._runner = self._settings.tasks.spawn(self._run(), name="dataflow engine")

    async def shutdown(self, deadline: Deadline) -> None:
        """Drain the dataflow by `deadline`."""
        if self._state is State.TERMINATED:
            return
        self._enter(State.SHUTTING_DOWN)
        try:
            if self._runner is not None:
                self._runner.cancel()
                await asyncio.wait((self._runner,))
            await self._stop_flow(deadline)
        finally:
            self._enter(State.TERMINATED)
            if _in_process == [self]:
                _in_process.clear()

    async def _run(self) -> None:
        """Run again and again, until cancelled."""
        failures = 0
        while True:
            since = self._settings.clock.now()
            try:
                error = await self._attempt()
            except Exception as found:  # noqa: BLE001 - whatever fails in the engine is not the host's failure
                error = str(found) or type(found).__name__
            steady = self._state is State.RUNNING and self._settings.clock.now() - since >= _STEADY_SECONDS
            pause = _BACKOFF[min(0 if steady else failures, len(_BACKOFF) - 1)]
            failures = 1 if steady else failures + 1
            self._note_failure(error, pause)
            await self._stop_flow(Deadline.after(self._settings.clock, _CLEAN_UP_SECONDS))
            await self._settings.clock.sleep(pause)

    async def _attempt(self) -> str:
        """Build and start the dataflow, and wait until it fails; returns why."""
        from penstock_dataflow import Dataflow  # noqa: PLC0415 - only a collector with an engine pays for it

        self._enter(State.STARTING)
        settings = self._settings
        self._flow = Dataflow.build(
            await asyncio.to_thread(self._config.load),
            settings.host.components,
            build=settings.build,
            clock=settings.clock,
            meter=settings.meter,
            log=settings.log.logger,
            topics=settings.topics,
            metrics=settings.own.metrics,
        )
        await self._flow.start()
        self._enter(State.RUNNING)
        settings.report(Status.OK)
        settings.log.info("dataflow engine is running")
        await self._flow.failed.wait()
        return self._flow.error

    def _note_failure(self, error: str, pause: float) -> None:
        self._enter(State.RUN_ERROR)
        self._errors.add(1)
        self._settings.report(Status.RECOVERABLE_ERROR, error)
        self._settings.log.error(
            "dataflow engine failed, it is tried again", extra={"error": error, "seconds": pause}
        )

    async def _stop_flow(self, deadline: Deadline) -> None:
        if self._flow is None:
            return
        for problem in await self._flow.stop(deadline):
            self._settings.log.warning("dataflow engine did not stop well", extra={"error": problem})
        self._flow = None

    def _enter(self, state: State) -> None:
        self._state = state
        self._changed.set()

    def _reader(self, state: State) -> Callable[[], float]:
        return lambda: float(self._state is state)
