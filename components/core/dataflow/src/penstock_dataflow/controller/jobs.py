"""Changes that run by themselves, and the memory of those that have ended."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from penstock_api import Clock, PenstockError, Tasks
from penstock_dataflow.controller.changes import NotUndoneError, UndoneError
from penstock_dataflow.controller.errors import BusyError, NotFoundError
from penstock_dataflow.controller.rollout import (
    KEPT_ROLLOUTS,
    KEPT_SECONDS,
    Rollout,
    RolloutKind,
    RolloutState,
)
from penstock_dataflow.controller.states import PipelineKey
from penstock_engine import FieldLog

__all__ = ("Jobs",)

_NS = 1_000_000_000


class Jobs:
    """One change at a time for each pipeline."""

    def __init__(self, clock: Clock, tasks: Tasks, log: FieldLog) -> None:
        self._clock = clock
        self._tasks = tasks
        self._log = log
        self._numbers = itertools.count(1)
        self._known: dict[str, Rollout] = {}
        self._running: dict[PipelineKey, asyncio.Task[None]] = {}

    def begin(
        self, key: PipelineKey, kind: RolloutKind, work: Callable[[Rollout], Awaitable[None]]
    ) -> Rollout:
        """Have `work` done. Raises `BusyError` when something is being done to the pipeline."""
        self.check_idle(key)
        rollout = Rollout(
            id=f"r{next(self._numbers)}", key=key, kind=kind, started_wall_ns=self._clock.wall_ns()
        )
        self._forget()
        self._known[rollout.id] = rollout
        self._running[key] = self._tasks.spawn(self._do(rollout, work), name=f"{kind} {key}")
        return rollout

    def check_idle(self, key: PipelineKey) -> None:
        """Raise `BusyError` when something is being done to the pipeline."""
        if key in self._running:
            raise BusyError(f"another change of this pipeline is on its way: {key}")

    def find(self, rollout_id: str) -> Rollout:
        """A change that is remembered. Raises `NotFoundError`."""
        if rollout_id not in self._known:
            raise NotFoundError(f"no such change is remembered: {rollout_id}")
        return self._known[rollout_id]

    def every(self, key: PipelineKey | None = None) -> tuple[Rollout, ...]:
        """Those that are remembered, oldest first."""
        self._forget()
        return tuple(one for one in self._known.values() if key in (None, one.key))

    async def cancel(self) -> None:
        """End all that is on its way, where it is."""
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _do(self, rollout: Rollout, work: Callable[[Rollout], Awaitable[None]]) -> None:
        try:
            await work(rollout)
        except asyncio.CancelledError:
            self._end(rollout, "failed", "the engine stops")
            raise
        except NotUndoneError as error:
            self._end(rollout, "rollback_failed", str(error))
        except UndoneError as error:
            self._end(rollout, "rolled_back", str(error))
        except PenstockError as error:
            self._end(rollout, "failed", str(error))
        except Exception as error:  # noqa: BLE001 - a defect in one change is not the end of the engine
            self._log.error("change of a pipeline broke", exc_info=error)
            self._end(rollout, "failed", f"{type(error).__name__}: {error}")
        else:
            self._end(rollout, "succeeded", "")

    def _end(self, rollout: Rollout, state: RolloutState, error: str) -> None:
        self._running.pop(rollout.key, None)
        rollout.end(state, self._clock.wall_ns(), error)
        level = self._log.info if state == "succeeded" else self._log.error
        fields = {"rollout": rollout.id, "pipeline": str(rollout.key), "kind": rollout.kind, "state": state}
        level("change of a pipeline has ended", extra={**fields, "error": error} if error else fields)

    def _forget(self) -> None:
        ended = [one for one in self._known.values() if one.done]
        oldest = self._clock.wall_ns() - KEPT_SECONDS * _NS
        for number, one in enumerate(ended):
            if len(ended) - number > KEPT_ROLLOUTS or one.ended_wall_ns < oldest:
                del self._known[one.id]
