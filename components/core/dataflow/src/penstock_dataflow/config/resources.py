"""What a pipeline may use of the machine: worker processes, processors, memory."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration
from penstock_dataflow.config.size import Size

__all__ = ("Backend", "CoreAllocation", "CoreRange", "MemoryLimiter", "Workers", "WorkersConfig")


class Backend(StrEnum):
    """Where the copies of a pipeline run."""

    INLINE = "inline"
    PROCESS = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """How many copies of a pipeline run, and where. `count` 0 is one for each processor there is.

    `cores` are the processors to pin to, one copy each; empty leaves the choice to whoever pins.
    """

    count: int = 1
    backend: Backend = Backend.INLINE
    pin: bool = False
    cores: tuple[int, ...] = ()


class WorkersConfig(Config):
    """`workers` of a pipeline: a number, or these keys."""

    count: int = Field(default=1, ge=1, le=1024)
    """How many copies of the pipeline run. They share its ports."""

    backend: Literal["inline", "process"] | None = None
    """`process` gives each copy a process of its own; `inline` does not, and is the default of one copy."""

    pin: bool = False
    """Whether each copy stays on one processor; takes `backend: process`."""

    def resolved(self) -> Workers:
        """What this asks for."""
        backend = Backend(self.backend or ("process" if self.count > 1 else "inline"))
        return Workers(count=self.count, backend=backend, pin=self.pin)

    @model_validator(mode="after")
    def _pinned(self) -> Self:
        if self.pin and self.resolved().backend is not Backend.PROCESS:
            raise ValueError("`pin` takes copies that are processes of their own: write `backend: process`")
        return self


class CoreRange(Config):
    """Processors from `start` to `end`, both included."""

    start: int = Field(ge=0, le=4095)
    """The first."""

    end: int = Field(ge=0, le=4095)
    """The last."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start > self.end:
            raise ValueError(f"`end` must not be below `start` {self.start}: {self.end}")
        return self


class CoreAllocation(Config):
    """`resources.core_allocation`: one copy of a pipeline on each of some processors."""

    type: Literal["all_cores", "core_count", "core_set"] = "all_cores"
    """`all_cores`, `core_count` with `count`, or `core_set` with `set`."""

    count: int | None = Field(default=None, ge=0, le=1024)
    """How many processors; 0 is all."""

    set: tuple[CoreRange, ...] = ()
    """Which processors, as ranges of `start` and `end`."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for key, needed, given in (
            ("count", "core_count", self.count is not None),
            ("set", "core_set", bool(self.set)),
        ):
            if self.type == needed and not given:
                raise ValueError(f"`type: {needed}` needs `{key}`")
            if self.type != needed and given:
                raise ValueError(f"`{key}` belongs to `type: {needed}`: {self.type}")
        return self

    def resolved(self) -> Workers:
        """What this asks for: processes, each on a processor of its own."""
        listed = sorted({core for each in self.set for core in range(each.start, each.end + 1)})
        return Workers(
            count=len(listed) or self.count or 0, backend=Backend.PROCESS, pin=True, cores=tuple(listed)
        )


class MemoryLimiter(Config):
    """`resources.memory_limiter`: refuses telemetry while the process uses too much memory."""

    mode: Literal["enforce", "observe_only"]
    """Whether receivers refuse, or only metrics tell."""

    source: Literal["auto", "cgroup", "rss"] = "auto"
    """What is measured: the container's use where there is one, or the process's own."""

    check_interval: Duration = Field(default=1.0, ge=0.1)
    """How often to measure."""

    soft_limit: Size | None = None
    """Where pressure begins. Both limits or neither; without, 90 % and 95 % of what the container may use."""

    hard_limit: Size | None = None
    """Where receivers begin to refuse."""

    hysteresis: Size | None = None
    """How far below `soft_limit` use must fall until pressure ends."""

    retry_after_secs: int = Field(default=1, ge=0)
    """When refused senders may come again."""

    fail_readiness_on_hard: bool = True
    """Whether the engine is not ready while receivers refuse."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if (self.soft_limit is None) != (self.hard_limit is None):
            raise ValueError("`soft_limit` and `hard_limit` belong together: one is missing")
        if self.soft_limit is None or self.hard_limit is None:
            if self.source == "rss":
                raise ValueError("`soft_limit` and `hard_limit` must be set when `source` is `rss`")
            if self.hysteresis is not None:
                raise ValueError("`hysteresis` needs `soft_limit` and `hard_limit`")
            return self
        if not 0 < self.soft_limit < self.hard_limit:
            raise ValueError(f"`soft_limit` must be between 0 and `hard_limit`: {self.soft_limit}")
        if self.hysteresis is not None and self.hysteresis >= self.soft_limit:
            raise ValueError(f"`hysteresis` must be below `soft_limit`: {self.hysteresis}")
        return self
