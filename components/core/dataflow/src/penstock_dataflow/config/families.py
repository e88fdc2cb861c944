"""The families of policies: rules that the top, a group or a pipeline sets, each family as one."""

from dataclasses import dataclass, field
from typing import Literal, Self, TypeAlias, get_args

from pydantic import Field, model_validator

from penstock_api import Config, Duration

__all__ = (
    "ChannelCapacity",
    "Health",
    "MetricsLevel",
    "NodeTelemetry",
    "Phase",
    "Policies",
    "Quorum",
    "RuntimeRecovery",
    "Telemetry",
)

Phase: TypeAlias = Literal[
    "Pending",
    "Starting",
    "Running",
    "Draining",
    "Stopped",
    "Failed",
    "Rejected",
    "Updating",
    "RollingBack",
    "Deleting",
    "Deleted",
]
"""Where one copy of a pipeline is in its life."""

MetricsLevel: TypeAlias = Literal["none", "basic", "normal", "detailed"]
"""How much the nodes of a pipeline tell of themselves; each level has all that the one before it has."""

_ALIVE: tuple[Phase, ...] = tuple(one for one in get_args(Phase) if one != "Deleted")


class ChannelCapacity(Config):
    """`policies.channel_capacity`: how much may wait."""

    pdata: int = Field(default=128, ge=1)
    """Batches that wait in front of a node, or in the queue of a connection."""


class Quorum(Config):
    """How many copies of a pipeline must be in one of the named phases. One of the two keys."""

    at_least: int | None = Field(default=None, alias="AtLeast", ge=1)
    """A number of copies."""

    percent: int | None = Field(default=None, alias="Percent", ge=1, le=100)
    """A share of the copies, from 1 to 100."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.at_least is None) == (self.percent is None):
            raise ValueError("one of `AtLeast` and `Percent` must be set")
        return self

    def met(self, good: int, every: int) -> bool:
        """Whether `good` copies out of `every` are enough."""
        if self.at_least is not None:
            return good >= self.at_least
        return good * 100 >= every * (self.percent or 0)


class Health(Config):
    """`policies.health`: when a pipeline counts as alive, and when as ready."""

    live_if: tuple[Phase, ...] = _ALIVE
    """The phases in which a copy is alive."""

    ready_if: tuple[Phase, ...] = ("Running", "Updating")
    """The phases in which a copy is ready."""

    live_quorum: Quorum = Quorum(AtLeast=1)
    """How many copies must be alive."""

    ready_quorum: Quorum = Quorum(Percent=100)
    """How many copies must be ready."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        for key, phases in (("live_if", self.live_if), ("ready_if", self.ready_if)):
            if not phases:
                raise ValueError(f"`{key}` must name a phase: it is empty")
        return self


class Telemetry(Config):
    """`policies.telemetry`: what a pipeline tells of itself."""

    pipeline_metrics: bool = True
    """Whether there are metrics of the pipeline as a whole."""

    runtime_metrics: MetricsLevel = "basic"
    """How much its nodes and channels tell: `none`, `basic`, `normal` or `detailed`."""


class NodeTelemetry(Config):
    """`policies.telemetry` of one node."""

    item_counts: bool = False
    """Whether items are counted one by one; takes `runtime_metrics` of at least `normal`."""


class RuntimeRecovery(Config):
    """`policies.runtime_recovery`: what happens to a copy of a pipeline that fails while it runs."""

    enabled: bool = True
    """Whether a copy that failed is replaced. If not, or not any more, the whole engine stops."""

    max_restarts: int = Field(default=5, ge=1)
    """How often a copy is replaced until it has run for `reset_after`."""

    initial_backoff: Duration = Field(default=0.25, gt=0)
    """The pause before the first replacement; it doubles each time."""

    max_backoff: Duration = Field(default=30.0, gt=0)
    """The longest pause."""

    startup_timeout: Duration = Field(default=30.0, gt=0)
    """How long a replacement may take until it runs."""

    reset_after: Duration = Field(default=60.0, gt=0)
    """After running this long a copy has all its restarts again."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.initial_backoff > self.max_backoff:
            raise ValueError(
                f"`initial_backoff` must not be longer than `max_backoff` {self.max_backoff:g}s:"
                f" {self.initial_backoff:g}s"
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The policies that hold for one pipeline."""

    channel_capacity: ChannelCapacity = field(default_factory=ChannelCapacity)
    health: Health = field(default_factory=Health)
    telemetry: Telemetry = field(default_factory=Telemetry)
    runtime_recovery: RuntimeRecovery = field(default_factory=RuntimeRecovery)
