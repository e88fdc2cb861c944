"""The life of one extension: begun, ready, alive, stopped - or restarted, failed, abandoned."""

import asyncio
from collections.abc import Callable

from penstock_api import Config, Deadline, Report, Status, within
from penstock_api.extension import Bundle, Passive, Reconfigure, Stop
from penstock_engine.extensions.adapter import StartStop, as_run
from penstock_engine.extensions.bundle import lifecycle_of
from penstock_engine.extensions.control import ControlChannel
from penstock_engine.extensions.declaration import Declaration
from penstock_engine.extensions.heartbeat import Heartbeat
from penstock_engine.extensions.state import ExtensionState
from penstock_engine.extensions.surroundings import Counts, HostKit
from penstock_engine.status import Reporter
from penstock_engine.units import itself

__all__ = ("Life",)

_REPORTED = (ExtensionState.STOPPED, ExtensionState.ABANDONED)


class Life:
    """Leads one lifecycle object through its life, in one task; a passive extension has neither.

    `changed` is called whenever the host should look again. `error` is the last one; `is_failed` says that
    the extension is lost. Before `spawn` nothing happens.
    """

    def __init__(
        self,
        declaration: Declaration,
        bundle: Bundle,
        kit: HostKit,
        report: Report,
        changed: Callable[[], None],
    ) -> None:
        lifecycle = lifecycle_of(bundle)
        readiness = None if isinstance(bundle, Passive) else bundle.readiness
        heartbeat = None if isinstance(bundle, Passive) else bundle.heartbeat
        self.label = declaration.label
        self.error = ""
        self.cause: Exception | None = None
        self.is_failed = False
        self.is_spawned = False
        self.has_begun = False
        self._run = None if lifecycle is None else as_run(lifecycle, self._failed_start)
        self._kit = kit
        self._counts = Counts(kit, declaration.id)
        self._report = report
        self._changed = changed
        self._readiness = readiness
        self._waits = readiness is not None or isinstance(self._run, StartStop)
        self._is_ready = False
        self._is_up = False
        self._heart = Heartbeat(kit, heartbeat, self._missed, self._stuck)
        self._control = ControlChannel(kit.clock, self._said_ready, self._heart.beat)
        self._stop: Stop | None = None
        self._problem = ""
        self._task: asyncio.Task[None] | None = None
        self._answers: set[asyncio.Future[str]] = set()

    @property
    def state(self) -> ExtensionState:
        """Where it is in its life."""
        return self._counts.state

    @property
    def ready(self) -> bool | None:
        """Whether it said that it is ready; None for one that nobody waits for."""
        return self._is_ready if self._waits else None

    @property
    def restarts(self) -> int:
        """How often it was restarted after a missed heartbeat."""
        return self._heart.restarts

    @property
    def can_serve(self) -> bool:
        """Whether those who need it may start."""
        return self.has_begun and not self.is_failed and (self._is_ready or not self._waits)

    def spawn(self) -> None:
        """Begin. The host then waits until it `can_serve` or `is_failed`, and calls `serve`."""
        self.is_spawned = True
        self._report(Status.STARTING)
        self._counts.state = ExtensionState.STARTING
        if self._run is None:
            self.has_begun = True
            return
        self._counts.starts(1)
        if self._readiness is not None:
            self._kit.clock.call_later(self._readiness, self._late)
        self._task = asyncio.get_running_loop().create_task(self._lead(), name=self.label)

    def serve(self) -> None:
        """The barriers are passed: from now on its failure is the failure of a part that runs."""
        self._is_up = True
        self._counts.state = ExtensionState.RUNNING
        if not isinstance(self._report, Reporter) or self._report.latest is Status.STARTING:
            self._report(Status.OK)  # unless the component has said how it is

    async def stop(self, deadline: Deadline, reason: str) -> str:
        """Stop it by `deadline`. Returns what went wrong, if anything did; safe before `spawn` and twice."""
        if not self.is_spawned or self.state in _REPORTED:
            return ""
        self._report(Status.STOPPING)
        if self._task is None or self._task.done():
            return self._settled("")
        self._counts.stops(1)
        self._counts.state = ExtensionState.STOPPING
        self._heart.end()
        self._stop = Stop(deadline, reason)
        self._control.stop(self._stop)
        if isinstance(self._run, StartStop) and self._run.is_starting:
            self._task.cancel()
        try:
            async with within(self._kit.clock, deadline.remaining() + self._kit.slack):
                await asyncio.wait((self._task,))
        except TimeoutError:
            return await self._abandon(self._task)
        return self._settled(self._problem)

    async def reconfigure(self, config: Config) -> str:
        """Offer `config` to it while it runs. Returns why it does not take it; empty when it does."""
        if self._task is None or self._task.done() or self._stop is not None:
            return "it does not run"
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def settle(text: str) -> None:
            if not answer.done():
                answer.set_result(text)

        self._answers.add(answer)
        self._control.post(
            Reconfigure(config, lambda: settle(""), lambda why: settle(why or "it gives no reason"))
        )
        try:
            async with within(self._kit.clock, self._kit.answer):
                return await answer
        except TimeoutError:
            return f"it did not answer within {self._kit.answer:g} s"
        finally:
            self._answers.discard(answer)

    # -- its task -----------------------------------------------------------------------------------

    async def _lead(self) -> None:
        self.has_begun = True
        self._changed()
        while True:
            error = await self._once()
            if not self._heart.is_wedged or self._stop is not None:
                break
            self._control = ControlChannel(self._kit.clock, self._said_ready, self._heart.beat)
            if not self._heart.may_restart():
                self._fail(f"{self.label} missed its heartbeat again after {self.restarts} restarts")
                return
            if not await self._pause(self._heart.backoff()):
                break
            self._kit.log.warning("extension is restarted", extra={"extension": self.label})
            self._counts.restarts(1)
            self._counts.state = ExtensionState.RUNNING if self._is_up else ExtensionState.STARTING
        self._ended(error)

    async def _once(self) -> Exception | None:
        assert self._run is not None
        self._heart.beat(False)
        try:
            await itself(self._run.run(self._control))
        except asyncio.CancelledError:
            if not self._heart.is_wedged:
                raise
        except Exception as error:  # noqa: BLE001 - the engine is where it is handled
            return error
        finally:
            self._heart.silence()
            task = asyncio.current_task()
            while self._heart.is_wedged and task is not None and task.uncancel():
                pass
        return None

    async def _pause(self, seconds: float) -> bool:
        """Wait before a restart; False when it is to stop instead."""
        end = self._kit.clock.now() + seconds
        while (left := end - self._kit.clock.now()) > 0:
            message = await self._control.wait(left)
            if isinstance(message, Stop):
                return False
            if message is not None:
                message.refuse("it is being restarted")
        self._heart.silence()
        return True

    def _ended(self, error: Exception | None) -> None:
        for answer in self._answers:
            if not answer.done():
                answer.set_result("it has ended")
        if self._stop is not None:
            self._counts.ends["error" if error else "ok"](1)
            self._problem = f"failed to shut down {self.label}: {error}" if error else ""
        elif error is None:
            self._fail(f"{self.label} ended before it was told to stop")
        elif self._is_up:
            self._fail(f"{self.label} failed: {error}", error)
        else:
            self._failed_start(error)

    # -- what happens to it -------------------------------------------------------------------------

    def _said_ready(self) -> None:
        self._is_ready = True
        self._changed()

    def _late(self) -> None:
        if not (self._is_ready or self.is_failed or self._stop):
            self._fail(f"{self.label} was not ready within {self._readiness:g} s")

    def _missed(self, seconds: float) -> None:
        assert self._task is not None
        self.error = f"{self.label} did not come back to `Control.wait` within {seconds:g} s"
        self._kit.log.warning(
            "extension missed its heartbeat", extra={"extension": self.label, "seconds": seconds}
        )
        self._counts.state = ExtensionState.RESTARTING
        self._control.close()
        self._task.cancel()

    def _stuck(self) -> None:
        self._fail(f"{self.label} missed its heartbeat and does not end when it is cancelled")

    def _failed_start(self, error: Exception) -> None:
        self._fail(f"failed to start {self.label}: {error}", error)

    def _fail(self, message: str, cause: Exception | None = None) -> None:
        if self.is_failed:
            return
        self.error, self.cause, self.is_failed = message, cause, True
        self._counts.ends["error"](1)
        self._counts.state = ExtensionState.FAILED
        if self._is_up:
            self._kit.log.error("extension failed", exc_info=cause, extra={"error": message})
            self._report(Status.FATAL_ERROR, message)
        else:
            self._report(Status.PERMANENT_ERROR, str(cause) if cause else message)
        self._changed()

    async def _abandon(self, task: "asyncio.Task[None]") -> str:
        self._counts.timeouts(1)
        self._counts.ends["abandoned"](1)
        self._counts.state = ExtensionState.ABANDONED
        self._kit.log.error("extension does not end and is abandoned", extra={"extension": self.label})
        task.cancel()
        for _ in range(2):
            await asyncio.sleep(0)  # one that can be cancelled ends here
        problem = f"failed to shut down {self.label}: still running at the deadline"
        self._report(Status.PERMANENT_ERROR, problem)
        return problem

    def _settled(self, problem: str) -> str:
        self._counts.state = ExtensionState.FAILED if problem or self.is_failed else ExtensionState.STOPPED
        self.error = problem or self.error
        self._report(Status.PERMANENT_ERROR if problem else Status.STOPPED, problem)
        return problem
