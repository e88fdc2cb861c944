"""What can be asked of a running engine: the functions behind its HTTP interface."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol  # Any: a pipeline as a user writes it

from penstock_api import Deadline, Series
from penstock_dataflow.config import DataflowConfig
from penstock_dataflow.controller.rollout import Rollout
from penstock_dataflow.controller.states import PipelineKey, PipelineStatus
from penstock_engine.extensions import ExtensionStatus

__all__ = ("ControlPlane",)


class ControlPlane(Protocol):
    """The controller as others see it.

    Every change is checked first, in the context of the whole configuration, and raises `ConfigError` with
    all its problems. Then it runs by itself: the `Rollout` tells how far it is. One change at a time per
    pipeline. What the user's file says is never written.
    """

    @property
    def config(self) -> DataflowConfig:
        """The configuration that runs, with every change that has succeeded."""
        ...

    def pipelines(self) -> tuple[PipelineStatus, ...]:
        """All pipelines, by group and name."""
        ...

    def pipeline(self, key: PipelineKey) -> PipelineStatus:
        """One pipeline. Raises `NotFoundError`."""
        ...

    def extensions(self, group: str = "") -> tuple[ExtensionStatus, ...]:
        """Every extension declared at the top, or in `group`. Raises `NotFoundError`."""
        ...

    def live(self) -> bool:
        """Whether every pipeline has as many living copies as its policy asks for."""
        ...

    def ready(self) -> bool:
        """Whether every pipeline has as many ready copies as its policy asks for."""
        ...

    def metrics(self) -> Iterable[Series]:
        """The engine's own metrics, those of copies in other processes included."""
        ...

    def apply(
        self,
        key: PipelineKey,
        body: Mapping[str, Any],  # Any: as above
        *,
        step_seconds: float = 60.0,
        drain_seconds: float = 60.0,
    ) -> Rollout:
        """Create the pipeline, or change it to `body`: what a file has under its name, variables filled in.

        Nothing but the number of copies differs: copies are added or removed, the others run on. Only configs
        of extensions differ: they are offered them, and the pipeline is replaced when one refuses. Otherwise
        each copy is replaced: a new one starts, and when it is ready the old one drains; where both
        cannot hold the same port, the old one drains first. When that fails all is brought back as it was.

        Raises `ConfigError`, `NotFoundError` for a group that does not exist, `BusyError`.
        """
        ...

    def delete(self, key: PipelineKey, *, drain_seconds: float = 60.0) -> Rollout:
        """Drain the pipeline and forget it. Raises `NotFoundError`, `BusyError`."""
        ...

    def shut_down(self, key: PipelineKey, *, drain_seconds: float = 60.0) -> Rollout:
        """Drain the pipeline and keep it, stopped, until it is applied again. Raises as `delete`."""
        ...

    def create_group(self, group: str) -> None:
        """Add a group without pipelines. Raises `ConfigError` for a bad name, `BusyError` when it exists."""
        ...

    async def delete_group(self, group: str, *, drain_seconds: float = 60.0) -> tuple[str, ...]:
        """Drain and forget all of a group. Returns what went wrong. Raises `NotFoundError`, `BusyError`."""
        ...

    def rollout(self, rollout_id: str) -> Rollout:
        """A change that runs, or one of the last that ended. Raises `NotFoundError`."""
        ...

    def rollouts(self, key: PipelineKey | None = None) -> tuple[Rollout, ...]:
        """Those that are remembered, oldest first; of one pipeline, or of all."""
        ...

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop everything: pipelines, then extensions inner to outer. Returns what went wrong."""
        ...
