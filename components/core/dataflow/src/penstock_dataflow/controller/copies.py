"""The seam between the controller and what runs a pipeline: one copy, here or in a process of its own."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from penstock_api import Deadline, Series, StatusEvent
from penstock_dataflow.config import DataflowConfig, PipelineConfig
from penstock_dataflow.controller.states import PipelineKey
from penstock_dataflow.extensions import Near
from penstock_engine.extensions import ExtensionStatus

__all__ = ("Copy", "CopyOrder", "MakeCopy")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOrder:
    """Which copy is wanted. `index` counts from 0; `generation` grows with every copy that takes a place.

    `core` is the processor to stay on, None for any. `config` is the whole configuration, in which
    `pipeline` stands.
    """

    config: DataflowConfig
    pipeline: PipelineConfig
    index: int = 0
    generation: int = 0
    core: int | None = None

    @property
    def key(self) -> PipelineKey:
        """The name of the pipeline."""
        return PipelineKey(self.pipeline.group, self.pipeline.name)

    @property
    def near(self) -> Near:
        """Where extensions are declared that the copy can see."""
        return self.pipeline.group, self.pipeline.name


class Copy(Protocol):
    """One copy of one pipeline. Made once, started once; `stop` is safe before `start`, and safe twice.

    `failed` is set when the copy cannot go on after it had started; `error` then says why. Whoever hears of
    it calls `stop`, which drains what can still be drained.
    """

    failed: asyncio.Event
    error: str

    async def start(self) -> None:
        """Return when every extension is ready and every node has started; receivers come last.

        Raises `StartError` naming what cannot start. `stop` is due then, too; so it is after a cancellation.
        """
        ...

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop receivers, let all flush in order, stop extensions. Returns what went wrong.

        What is not done at `deadline` is cut off and refused to its senders, within `GRACE_SECONDS`.
        """
        ...

    def statuses(self) -> Mapping[str, StatusEvent]:
        """The latest status of every node, by its id."""
        ...

    def extensions(self) -> tuple[ExtensionStatus, ...]:
        """Every extension of the copy's own scope now."""
        ...

    def metrics(self) -> Iterable[Series]:
        """What the copy counts apart from the engine's own registry; nothing for a copy in this process."""
        ...

    async def reconfigure(self, order: CopyOrder) -> bool:
        """Take `order`, which differs only in configs of extensions, without a stop; False when it cannot."""
        ...


class MakeCopy(Protocol):
    """A backend: makes copies. The controller has one for each `Backend`."""

    def __call__(self, order: CopyOrder, /) -> Copy:
        """A copy that has not started: every node and extension of it is created, nothing is open.

        Raises `ConfigError` and `StartError`.
        """
        ...
