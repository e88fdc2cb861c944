"""One copy's place in a pipeline: who stands in it now, and who comes when that one falls."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from penstock_api import Clock, Deadline, PenstockError, StartError, Tasks, within
from penstock_dataflow.config import Phase, RuntimeRecovery
from penstock_dataflow.controller.copies import Copy, CopyOrder, MakeCopy
from penstock_dataflow.controller.states import CopyStatus
from penstock_engine import FieldLog

__all__ = ("CLEAN_UP_SECONDS", "Place")

CLEAN_UP_SECONDS: Final = 10.0
"""How long a copy that has failed may take to drain what it still holds."""


class Place:
    """Keeps one copy running: one that fails is drained and replaced, after a pause that doubles each time.

    `lost` is called when the place gives up, with the reason; `changed` whenever its phase changes.
    """

    def __init__(
        self,
        order: CopyOrder,
        make: MakeCopy,
        *,
        clock: Clock,
        tasks: Tasks,
        log: FieldLog,
        generations: Callable[[], int],
        changed: Callable[[], None],
        lost: Callable[[str], None],
    ) -> None:
        """Make the first copy. Raises as `make`."""
        self.phase: Phase = "Pending"
        self.error = ""
        self.restarts = 0
        self._order = replace(order, generation=generations())
        self._make = make
        self._clock = clock
        self._tasks = tasks
        self._log = log
        self._generations = generations
        self._changed = changed
        self._lost = lost
        self._since_wall_ns = clock.wall_ns()
        self._ran_since = 0.0
        self._is_mixed = False
        """Whether some of its extensions may have taken a config that others refused."""
        self._guard: asyncio.Task[None] | None = None
        self._copy: Copy = make(self._order)

    @property
    def order(self) -> CopyOrder:
        """What stands here."""
        return self._order

    @property
    def copy(self) -> Copy:
        """Who stands here."""
        return self._copy

    async def start(self) -> None:
        """Start the copy, and keep one running from then on. Raises `StartError`; `stop` is then due."""
        await self._begin()
        self._guard = self._tasks.spawn(self._keep(), name=f"keep {self._order.key} {self._order.index}")

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Keep nothing running any more: drain the copy by `deadline`. Returns what went wrong."""
        if self._guard is not None:
            self._guard.cancel()
            await asyncio.wait((self._guard,))
            self._guard = None
        self._enter("Draining")
        problems = await self._copy.stop(deadline)
        self._enter("Stopped")
        return problems

    def runs(self, order: CopyOrder) -> bool:
        """Whether it runs what `order` asks for, and nothing else."""
        return self.phase == "Running" and not self._is_mixed and self._order.pipeline == order.pipeline

    async def reconfigure(self, order: CopyOrder) -> bool:
        """Have the copy take `order` while it runs; False when it cannot. Raises `ConfigError`."""
        order = replace(order, generation=self._order.generation)
        if self.phase != "Running":
            return False
        self._is_mixed = True
        if not await self._copy.reconfigure(order):
            return False
        self._order, self._is_mixed = order, False
        return True

    def status(self) -> CopyStatus:
        """How it is now."""
        return CopyStatus(
            index=self._order.index,
            generation=self._order.generation,
            phase=self.phase,
            error=self.error,
            restarts=self.restarts,
            core=self._order.core,
            since_wall_ns=self._since_wall_ns,
            nodes=self._copy.statuses(),
            extensions=self._copy.extensions(),
        )

    # -- keeping one running ------------------------------------------------------------------------

    @property
    def _rules(self) -> RuntimeRecovery:
        return self._order.pipeline.policies.runtime_recovery

    async def _begin(self) -> None:
        self._enter("Starting")
        try:
            await self._copy.start()
        except BaseException as error:
            self._enter("Failed", str(error))
            raise
        self._ran_since = self._clock.now()
        self._enter("Running")

    async def _keep(self) -> None:
        while True:
            await self._copy.failed.wait()
            if self._clock.now() - self._ran_since >= self._rules.reset_after:
                self.restarts = 0
            await self._clean_up(self._copy.error)
            if not await self._again():
                return

    async def _again(self) -> bool:
        """Try until another copy runs; False when the place has given up."""
        while self._rules.enabled and self.restarts < self._rules.max_restarts:
            self.restarts += 1
            pause = min(self._rules.initial_backoff * 2.0 ** (self.restarts - 1), self._rules.max_backoff)
            self._log.warning(
                "copy of a pipeline is replaced", extra={"restart": self.restarts, "seconds": pause}
            )
            self._enter("Pending", self.error)
            await self._clock.sleep(pause)
            if not self._renewed():
                continue
            try:
                await self._begin_in_time()
            except PenstockError as error:
                await self._clean_up(str(error))
            else:
                return True
        spent = f" after {self.restarts} restarts" if self._rules.enabled else ""
        self._lost(f"pipeline {self._order.key} failed{spent}: {self.error}")
        return False

    def _renewed(self) -> bool:
        """Make another copy; False when that cannot be."""
        self._order = replace(self._order, generation=self._generations())
        try:
            self._copy = self._make(self._order)
        except PenstockError as error:
            self._log.error("copy of a pipeline cannot be made", extra={"error": str(error)})
            self._enter("Rejected", str(error))
            return False
        self._is_mixed = False
        return True

    async def _begin_in_time(self) -> None:
        timeout = self._rules.startup_timeout
        try:
            async with within(self._clock, timeout):
                await self._begin()
        except TimeoutError:
            raise StartError(f"a copy of {self._order.key} did not start within {timeout:g} s") from None

    async def _clean_up(self, error: str) -> None:
        """Drain the copy that failed, in order: what it holds may still be delivered."""
        self._enter("Failed", error)
        self._log.error("copy of a pipeline failed", extra={"error": error})
        for problem in await self._copy.stop(Deadline.after(self._clock, CLEAN_UP_SECONDS)):
            self._log.warning("failed copy did not stop well", extra={"error": problem})

    def _enter(self, phase: Phase, error: str = "") -> None:
        self.phase, self.error = phase, error
        self._since_wall_ns = self._clock.wall_ns()
        self._changed()
