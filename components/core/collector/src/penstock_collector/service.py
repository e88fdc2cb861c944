"""One configuration, running: extensions around pipelines, started and stopped in order."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping

from penstock_api import (
    AnyBatch,
    BuildInfo,
    Clock,
    ComponentId,
    Components,
    Deadline,
    FeatureGateView,
    Kind,
    PenstockError,
    PipelineView,
    StartError,
    Status,
    StatusEvent,
)
from penstock_collector.bindings import describe
from penstock_collector.config import CollectorConfig
from penstock_collector.extensions import Extensions
from penstock_collector.graph import assemble
from penstock_collector.telemetry.server import metrics_servers, resource_of
from penstock_engine import Assembly, FieldLog, Kit, StatusBoard, Unit, unreported
from penstock_engine.metrics import Registry, observe_process
from penstock_engine.topics import TopicHub

__all__ = ("Service",)


class Service:
    """The whole of a collector but its process: made by `build`, `start` once, `stop` once.

    Also the `penstock_api.Host` that extensions look through, and its `HasFeatureGates`.
    """

    def __init__(
        self,
        config: CollectorConfig,
        build: BuildInfo,
        components: Components,
        clock: Clock,
        gates: tuple[FeatureGateView, ...] = (),
    ) -> None:
        """Create every component, none of which does anything yet. Raises `ConfigError` and `StartError`."""
        self._config = config
        self._components = components
        self._clock = clock
        self._gates = gates
        self._ready_since = 0
        self._log = FieldLog(logging.getLogger("penstock"), {})
        self._board = StatusBoard(clock)
        self._registry = Registry()
        observe_process(self._registry)
        self._topics = TopicHub(clock, self._registry, self._log.logger)
        resource = resource_of(config.service.telemetry, build)
        self._kit = Kit(
            build=build,
            clock=clock,
            meter=self._registry,
            log=self._log.logger,
            board=self._board,
            topics=self._topics.view(),
            metrics=self._registry.series,
            resource=resource,
        )
        self.failed = asyncio.Event()
        self._board.watch(self._note)
        self._telemetry = (*self._passed_on(), *self._pages(resource))
        self._extensions = Extensions(config, self._kit, self)
        self._assembly: Assembly[AnyBatch] = assemble(config, self._kit, self._extensions, self._topics)
        self._extensions.host.seal()
        self._started: list[Unit] = []

    def _passed_on(self) -> Iterator[Unit]:
        """What the distribution has to pass own telemetry on. Raises `StartError` and `ConfigError`."""
        for one in self._components.telemetry:
            settings = self._kit.settings(Kind.EXTENSION, ComponentId("telemetry", one.name))
            try:
                yield Unit(f'"{one.name}" telemetry', one.factory.create(settings), unreported)
            except PenstockError:
                raise
            except Exception as error:
                raise StartError(f'failed to create "{one.name}" telemetry: {error}') from error

    def _pages(self, resource: Mapping[str, str]) -> Iterator[Unit]:
        settings = self._kit.settings(Kind.EXTENSION, ComponentId("telemetry"))
        servers = metrics_servers(self._config.service.telemetry, self._registry, resource, settings)
        return (Unit("page of own metrics", one, unreported) for one in servers)

    async def start(self) -> None:
        """Start extensions in the order listed, then pipelines, receivers last.

        Raises `StartError`, after which `stop` stops what had been started.
        """
        for unit in self._telemetry:
            self._started.append(unit)
            await unit.start()
        await self._extensions.start()
        await self._assembly.start()
        self._ready_since = self._clock.wall_ns()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop receivers, what they feed, extensions in reverse, own metrics. Returns what went wrong."""
        self._ready_since = 0
        problems = list(await self._assembly.stop(deadline))
        problems += await self._extensions.stop(deadline)
        self._topics.close()
        while self._started:
            problems.append(await self._started.pop().stop(deadline))
        await self._kit.close(deadline)
        return tuple(problem for problem in problems if problem)

    def _note(self, event: StatusEvent) -> None:
        if event.status is Status.FATAL_ERROR:
            self._log.error(
                "Asynchronous error received, terminating process",
                extra={"component": describe(event.kind, event.id), "error": event.error},
            )
            self.failed.set()

    # -- what extensions see ------------------------------------------------------------------------

    @property
    def components(self) -> Components:
        """Every component of this distribution."""
        return self._components

    @property
    def ready(self) -> bool:
        """True while everything has started and nothing was asked to stop."""
        return self._ready_since > 0

    @property
    def started_wall_ns(self) -> int:
        """When the service became ready; 0 when it is not."""
        return self._ready_since

    def pipelines(self) -> tuple[PipelineView, ...]:
        """The pipelines, in file order."""
        return tuple(
            PipelineView(
                id=str(name),
                receivers=tuple(map(str, one.receivers)),
                processors=tuple(map(str, one.processors)),
                exporters=tuple(map(str, one.exporters)),
                mutates_data=any(
                    self._config.processors[p].factory.factory.mutates_data for p in one.processors
                ),
            )
            for name, one in self._config.service.pipelines.items()
        )

    def extensions(self) -> tuple[str, ...]:
        """Ids of the extensions, in start order."""
        return tuple(map(str, dict.fromkeys(self._config.service.extensions)))

    def statuses(self) -> Mapping[tuple[Kind, ComponentId], StatusEvent]:
        """The latest status of every component."""
        return self._board.latest()

    def metrics(self) -> Mapping[str, float]:
        """The collector's own metrics now."""
        return self._registry.snapshot()

    def feature_gates(self) -> tuple[FeatureGateView, ...]:
        """The feature gates that the process runs with, sorted by id."""
        return self._gates

    def on_status(self, watcher: Callable[[StatusEvent], None]) -> None:
        """Have `watcher` called for every change from now on."""
        self._board.watch(watcher)
