"""What the controller tells of pipelines: names, phases, conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from penstock_api import StatusEvent
from penstock_dataflow.config import Phase
from penstock_engine.extensions import ExtensionStatus

__all__ = ("Condition", "ConditionKind", "CopyStatus", "PipelineKey", "PipelineStatus")

ConditionKind = Literal["Accepted", "Ready"]


@dataclass(frozen=True, slots=True, order=True)
class PipelineKey:
    """The name of a pipeline: `group/pipeline`."""

    group: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `group/pipeline`. Raises `ValueError`."""
        group, slash, name = text.partition("/")
        if not (group and slash and name):
            raise ValueError(f"expected <group>/<pipeline>: {text}")
        return cls(group, name)

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that holds or does not. `reason` is one word; `message` is for people, often empty."""

    kind: ConditionKind
    met: bool
    reason: str
    message: str = ""
    since_wall_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyStatus:
    """One copy of a pipeline. `restarts` are those of its place since it last ran for `reset_after`."""

    index: int
    generation: int
    phase: Phase
    error: str = ""
    restarts: int = 0
    core: int | None = None
    since_wall_ns: int = 0
    nodes: Mapping[str, StatusEvent] = field(default_factory=dict)
    extensions: tuple[ExtensionStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineStatus:
    """One pipeline: `phase` is that of its least advanced copy, or what is being done to the whole."""

    key: PipelineKey
    phase: Phase
    generation: int
    live: bool
    ready: bool
    conditions: tuple[Condition, ...] = ()
    copies: tuple[CopyStatus, ...] = ()
    rollout: str = ""
