"""What can be asked of a running engine, done."""

from collections.abc import Iterable, Mapping
from typing import Any  # Any: a pipeline as a user writes it

from penstock_api import Deadline, Series
from penstock_dataflow.config import DataflowConfig, PipelineConfig
from penstock_dataflow.controller.changes import Change, kind_of
from penstock_dataflow.controller.controller import Controller
from penstock_dataflow.controller.document import (
    with_group,
    with_pipeline,
    without_group,
    without_pipeline,
)
from penstock_dataflow.controller.errors import BusyError, NotFoundError
from penstock_dataflow.controller.rollout import Rollout, RolloutKind
from penstock_dataflow.controller.running import RunningPipeline
from penstock_dataflow.controller.states import PipelineKey, PipelineStatus
from penstock_dataflow.controller.topics import declare_topics
from penstock_dataflow.extensions import resolve_extensions
from penstock_dataflow.resolve import resolve
from penstock_engine.extensions import ExtensionStatus

__all__ = ("Operations",)


class Operations:
    """The `penstock_dataflow.controller.ControlPlane` of one controller."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._deleting: set[str] = set()

    @property
    def config(self) -> DataflowConfig:
        """The configuration that runs, with every change that has succeeded."""
        return self._controller.config

    def pipelines(self) -> tuple[PipelineStatus, ...]:
        """All pipelines, by group and name."""
        return tuple(self._controller.pipelines[key].status() for key in sorted(self._controller.pipelines))

    def pipeline(self, key: PipelineKey) -> PipelineStatus:
        """One pipeline. Raises `NotFoundError`."""
        return self._running(key).status()

    def extensions(self, group: str = "") -> tuple[ExtensionStatus, ...]:
        """Every extension declared at the top, or in `group`. Raises `NotFoundError`."""
        if group:
            self._check_group(group)
        return self._controller.scopes.statuses(group)

    def live(self) -> bool:
        """Whether every pipeline has as many living copies as its policy asks for."""
        return all(one.live() for one in self._controller.pipelines.values())

    def ready(self) -> bool:
        """Whether every pipeline has as many ready copies as its policy asks for, and memory is not short."""
        pressure, every = self._controller.pressure, self._controller.pipelines.values()
        if pressure is not None and pressure.fails_readiness:
            return False
        return self._controller.host.ready and all(one.ready() for one in every)

    def metrics(self) -> Iterable[Series]:
        """The engine's own metrics, those of copies in other processes included."""
        return self._controller.metrics()

    def apply(
        self,
        key: PipelineKey,
        body: Mapping[str, Any],  # Any: as above
        *,
        step_seconds: float = 60.0,
        drain_seconds: float = 60.0,
    ) -> Rollout:
        """Create the pipeline, or change it to `body`. Raises `ConfigError`, `NotFoundError`, `BusyError`."""
        self._check_may_change(key)
        self._check_group(key.group)
        config, pipeline = self._candidate(key, body)
        known = self._controller.pipelines.get(key)
        kind: RolloutKind = "create" if known is None else _kind(known, pipeline)
        running = known or self._controller.add(key)

        async def work(rollout: Rollout) -> None:
            change = self._change(running, rollout, drain_seconds, step_seconds)
            try:
                await _do(change, kind, config, pipeline)
            finally:
                if not running.places and not running.arriving:
                    self._controller.pipelines.pop(key, None)
            rollout.generation = running.generation
            self._controller.commit(with_pipeline(self.config, key, body)[0])

        return self._controller.jobs.begin(key, kind, work)

    def delete(self, key: PipelineKey, *, drain_seconds: float = 60.0) -> Rollout:
        """Drain the pipeline and forget it. Raises `NotFoundError`, `BusyError`."""
        self._check_may_change(key)
        return self._delete(key, drain_seconds)

    def shut_down(self, key: PipelineKey, *, drain_seconds: float = 60.0) -> Rollout:
        """Drain the pipeline and keep it, stopped, until it is applied again. Raises as `delete`."""
        self._check_may_change(key)
        running = self._running(key)

        async def work(rollout: Rollout) -> None:
            await self._change(running, rollout, drain_seconds).shut_down()

        return self._controller.jobs.begin(key, "shutdown", work)

    def create_group(self, group: str) -> None:
        """Add a group without pipelines. Raises `ConfigError` for a bad name, `BusyError` when it exists."""
        if group in self.config.groups:
            raise BusyError(f"there is such a group already: {group}")
        self._check_running()
        config, reader = with_group(self.config, group)
        reader.raise_problems()
        self._controller.scopes.add(config, group)
        self._controller.commit(config)

    async def delete_group(self, group: str, *, drain_seconds: float = 60.0) -> tuple[str, ...]:
        """Drain and forget all of a group. Returns what went wrong. Raises `NotFoundError`, `BusyError`."""
        self._check_group(group)
        self._check_running()
        keys = [key for key in self._controller.pipelines if key.group == group]
        for key in keys:
            self._check_may_change(key)
        self._deleting.add(group)
        problems: list[str] = []
        try:
            deadline = Deadline.after(self._controller.clock, drain_seconds)
            rollouts = [self._delete(key, drain_seconds) for key in keys]
            for rollout in rollouts:
                await rollout.wait()
                problems += [rollout.error] if rollout.error else []
            problems += await self._controller.scopes.remove(group, deadline)
            self._controller.commit(without_group(self.config, group))
        finally:
            self._deleting.discard(group)
        return tuple(problems)

    def rollout(self, rollout_id: str) -> Rollout:
        """A change that runs, or one of the last that ended. Raises `NotFoundError`."""
        return self._controller.jobs.find(rollout_id)

    def rollouts(self, key: PipelineKey | None = None) -> tuple[Rollout, ...]:
        """Those that are remembered, oldest first; of one pipeline, or of all."""
        return self._controller.jobs.every(key)

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop everything: pipelines, then extensions inner to outer. Returns what went wrong."""
        return await self._controller.stop(deadline)

    # -- how -----------------------------------------------------------------------------------------

    def _candidate(
        self,
        key: PipelineKey,
        body: Mapping[str, Any],  # Any: as above
    ) -> tuple[DataflowConfig, PipelineConfig]:
        """The configuration with `body` in it, and the pipeline that this is. Raises `ConfigError`."""
        config, reader = with_pipeline(self.config, key, body)
        components = self._controller.host.components
        extensions = resolve_extensions(reader, config, components)
        found = [one for one in config.pipelines if (one.group, one.name) == (key.group, key.name)]
        for one in found:
            resolve(reader, one, components, extensions)
        reader.raise_problems()
        [pipeline] = found
        declare_topics(self._controller.topics, config)
        return config, pipeline

    def _delete(self, key: PipelineKey, drain_seconds: float) -> Rollout:
        running = self._running(key)

        async def work(rollout: Rollout) -> None:
            await self._change(running, rollout, drain_seconds).delete()
            del self._controller.pipelines[key]
            self._controller.commit(without_pipeline(self.config, key))

        return self._controller.jobs.begin(key, "delete", work)

    def _change(
        self, running: RunningPipeline, rollout: Rollout, drain_seconds: float, step_seconds: float = 60.0
    ) -> Change:
        running.rollout = rollout
        return Change(
            running=running,
            crew=self._controller.crew,
            rollout=rollout,
            step_seconds=step_seconds,
            drain_seconds=drain_seconds,
        )

    def _running(self, key: PipelineKey) -> RunningPipeline:
        if key not in self._controller.pipelines:
            raise NotFoundError(f"there is no such pipeline: {key}")
        return self._controller.pipelines[key]

    def _check_group(self, group: str) -> None:
        if group not in self.config.groups:
            raise NotFoundError(f"there is no such group: {group}")

    def _check_running(self) -> None:
        if not self._controller.host.ready:
            raise BusyError("the engine is starting or stopping")

    def _check_may_change(self, key: PipelineKey) -> None:
        self._check_running()
        if key.group in self._deleting:
            raise BusyError(f"the group is being deleted: {key.group}")
        self._controller.jobs.check_idle(key)


def _kind(running: RunningPipeline, pipeline: PipelineConfig) -> RolloutKind:
    """What it takes; copies that do not all run are replaced, whatever has changed."""
    old = running.pipeline
    if old is None or any(place.phase != "Running" for place in running.places):
        return "replace"
    return kind_of(old, pipeline)


async def _do(change: Change, kind: RolloutKind, config: DataflowConfig, pipeline: PipelineConfig) -> None:
    match kind:
        case "create":
            await change.create(config, pipeline)
        case "resize":
            await change.resize(config, pipeline)
        case "reconfigure":
            await change.reconfigure(config, pipeline)
        case "replace":
            await change.replace(config, pipeline)
        case _:
            """Nothing has changed."""
