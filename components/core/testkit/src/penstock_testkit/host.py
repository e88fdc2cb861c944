"""The service, as an extension under test sees it."""

from collections.abc import Callable, Mapping

from penstock_api import ComponentId, Components, Kind, PipelineView, StatusEvent

__all__ = ("FakeHost",)


class FakeHost:
    """A `penstock_api.Host` whose answers are attributes that a test sets."""

    def __init__(self, components: Components | None = None) -> None:
        self.components = components or Components()
        self.ready = True
        self.started_wall_ns = 1_700_000_000_000_000_000
        self.own_metrics: dict[str, float] = {}
        self.own_pipelines: tuple[PipelineView, ...] = ()
        self.own_extensions: tuple[str, ...] = ()
        self._statuses: dict[tuple[Kind, ComponentId], StatusEvent] = {}
        self._watchers: list[Callable[[StatusEvent], None]] = []

    def pipelines(self) -> tuple[PipelineView, ...]:
        """What the test put into `own_pipelines`."""
        return self.own_pipelines

    def extensions(self) -> tuple[str, ...]:
        """What the test put into `own_extensions`."""
        return self.own_extensions

    def statuses(self) -> Mapping[tuple[Kind, ComponentId], StatusEvent]:
        """What was sent by `emit`, the latest of every component."""
        return dict(self._statuses)

    def metrics(self) -> Mapping[str, float]:
        """What the test put into `own_metrics`."""
        return dict(self.own_metrics)

    def on_status(self, watcher: Callable[[StatusEvent], None]) -> None:
        """Have `watcher` called by `emit`."""
        self._watchers.append(watcher)

    def emit(self, event: StatusEvent) -> None:
        """Let a component's status change."""
        self._statuses[event.kind, event.id] = event
        for watcher in self._watchers:
            watcher(event)
