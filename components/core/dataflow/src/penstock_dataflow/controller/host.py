"""What extensions of a dataflow see of it: a `penstock_api.Host`."""

from collections.abc import Callable, Iterable, Mapping

from penstock_api import ComponentId, Components, Kind, PipelineView, Series, StatusEvent
from penstock_dataflow.config import DataflowConfig, PipelineConfig
from penstock_engine.metrics import labels

__all__ = ("DataflowHost",)


class DataflowHost:
    """A window on one engine. The controller tells it what changes."""

    def __init__(
        self, components: Components, config: DataflowConfig, metrics: Callable[[], Iterable[Series]]
    ) -> None:
        self.config = config
        self._components = components
        self._metrics = metrics
        self._started_wall_ns = 0
        self._watchers: list[Callable[[StatusEvent], None]] = []
        self._statuses: dict[tuple[Kind, ComponentId], StatusEvent] = {}

    @property
    def components(self) -> Components:
        """Every component of this distribution."""
        return self._components

    @property
    def ready(self) -> bool:
        """Whether all has started and nothing was asked to stop."""
        return self._started_wall_ns > 0

    @property
    def started_wall_ns(self) -> int:
        """When all had started; 0 before, and when it stops."""
        return self._started_wall_ns

    def pipelines(self) -> tuple[PipelineView, ...]:
        """The pipelines, by group and name."""
        return tuple(map(_view, self.config.pipelines))

    def extensions(self) -> tuple[str, ...]:
        """Ids of all that are declared, each once, those of the engine first."""
        groups = (group.extensions for group in self.config.groups.values())
        pipelines = (pipeline.extensions for pipeline in self.config.pipelines)
        return tuple(
            dict.fromkeys(name for one in (self.config.extensions, *groups, *pipelines) for name in one)
        )

    def statuses(self) -> Mapping[tuple[Kind, ComponentId], StatusEvent]:
        """The latest status of every component; of those of the same name in several pipelines, one."""
        return dict(self._statuses)

    def metrics(self) -> Mapping[str, float]:
        """The service's own metrics now."""
        return {f"{one.name}{one.suffix}{labels(one.attributes)}": one.value for one in self._metrics()}

    def on_status(self, watcher: Callable[[StatusEvent], None]) -> None:
        """Have `watcher` called for every change from now on."""
        self._watchers.append(watcher)

    # -- for the controller -------------------------------------------------------------------------

    def heard(self, event: StatusEvent) -> None:
        """Tell all who watch."""
        self._statuses[event.kind, event.id] = event
        for watcher in tuple(self._watchers):
            watcher(event)

    def started(self, wall_ns: int) -> None:
        """All has started; 0 when it stops."""
        self._started_wall_ns = wall_ns


def _view(pipeline: PipelineConfig) -> PipelineView:
    def of(kind: Kind) -> tuple[str, ...]:
        return tuple(name for name, node in pipeline.nodes.items() if node.urn.kind is kind)

    return PipelineView(
        id=str(pipeline),
        receivers=of(Kind.RECEIVER),
        processors=of(Kind.PROCESSOR),
        exporters=of(Kind.EXPORTER),
    )
