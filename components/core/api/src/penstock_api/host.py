"""What an extension may ask of the service that it runs in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from penstock_api.components import Components
from penstock_api.ids import ComponentId, Kind
from penstock_api.status import StatusEvent

__all__ = ("FeatureGateView", "HasFeatureGates", "Host", "PipelineView")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineView:
    """One pipeline as configured; ids as written."""

    id: str
    receivers: tuple[str, ...]
    processors: tuple[str, ...]
    exporters: tuple[str, ...]
    mutates_data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureGateView:
    """One feature gate, and whether it is on."""

    id: str
    enabled: bool
    stage: str
    description: str
    from_version: str = ""


class Host(Protocol):
    """A read-only window on the running service."""

    @property
    def components(self) -> Components:
        """Every component of this distribution."""
        ...

    @property
    def ready(self) -> bool:
        """True from the moment all components have started until shutdown begins."""
        ...

    @property
    def started_wall_ns(self) -> int:
        """When the service became ready, in nanoseconds since the epoch; 0 before."""
        ...

    def pipelines(self) -> tuple[PipelineView, ...]:
        """The pipelines, in file order."""
        ...

    def extensions(self) -> tuple[str, ...]:
        """Ids of the running extensions, in start order."""
        ...

    def statuses(self) -> Mapping[tuple[Kind, ComponentId], StatusEvent]:
        """The latest status of every component."""
        ...

    def metrics(self) -> Mapping[str, float]:
        """The collector's own metrics now, by Prometheus-style series name."""
        ...

    def on_status(self, watcher: Callable[[StatusEvent], None]) -> None:
        """Have `watcher` called for every change from now on."""
        ...


@runtime_checkable
class HasFeatureGates(Protocol):
    """What a host also is when its service has feature gates."""

    def feature_gates(self) -> tuple[FeatureGateView, ...]:
        """The gates, sorted by id."""
        ...
