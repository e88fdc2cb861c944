"""All pipelines of one configuration, and the scopes around them: made, started and stopped in order."""

import asyncio
from collections.abc import Iterable, Mapping

from penstock_api import Components, ConfigError, Deadline, Series, StatusEvent
from penstock_dataflow.config import Backend, DataflowConfig
from penstock_dataflow.controller.backends import BACKENDS, BackendFactory
from penstock_dataflow.controller.copies import Copy, CopyOrder
from penstock_dataflow.controller.host import DataflowHost
from penstock_dataflow.controller.jobs import Jobs
from penstock_dataflow.controller.order import downstream_first, feeding
from penstock_dataflow.controller.running import Crew, RunningPipeline
from penstock_dataflow.controller.scopes import Scopes
from penstock_dataflow.controller.states import PipelineKey
from penstock_dataflow.controller.topics import declare_topics
from penstock_dataflow.pipeline import MemoryPressure, Service, Surroundings
from penstock_engine import FieldLog, TaskScope, cut, in_turn
from penstock_engine.metrics import GaugePool
from penstock_engine.topics import TopicHub

__all__ = ("Controller",)


class Controller:
    """Made by its constructor, `start` once, `stop` once; `Operations` change it in between.

    `failed` is set when the engine cannot go on: a pipeline has spent its restarts, or an extension around
    pipelines has failed; `error` then says which and why.
    """

    def __init__(
        self,
        config: DataflowConfig,
        components: Components,
        service: Service,
        backends: Mapping[Backend, BackendFactory] = BACKENDS,
    ) -> None:
        """Create every extension and every node; nothing runs yet.

        Raises `ConfigError`, and `StartError` for what cannot be created.
        """
        self.failed = asyncio.Event()
        self.error = ""
        self.config = config
        self.clock = service.clock
        self.log = FieldLog(service.log, {})
        self.host = DataflowHost(components, config, self.metrics)
        self.topics = service.topics or TopicHub(service.clock, service.meter, service.log)
        self.pipelines: dict[PipelineKey, RunningPipeline] = {}
        self._service = service
        self._tasks = TaskScope("dataflow", self._broke, self.log)
        self.jobs = Jobs(self.clock, self._tasks, self.log)
        self.pressure = MemoryPressure.of(config, clock=self.clock, meter=service.meter, log=self.log)
        surroundings = self._around(config, components)
        declare_topics(self.topics, config)
        self.scopes = Scopes(config, surroundings, self.fail)
        self._backends = {name: make(surroundings, self.scopes) for name, make in backends.items()}
        self.crew = Crew(make=self._make, surroundings=surroundings, tasks=self._tasks, lost=self.fail)
        for pipeline in config.pipelines:
            self.add(PipelineKey(pipeline.group, pipeline.name)).fill(config, pipeline)
        self.scopes.check_use(strict=config.engine.extensions.strict)

    def _around(self, config: DataflowConfig, components: Components) -> Surroundings:
        return Surroundings(
            components=components,
            build=self._service.build,
            clock=self._service.clock,
            log=self._service.log,
            gauges=GaugePool(self._service.meter),
            metrics=self.metrics,
            topics=self.topics,
            host=self.host,
            watch=self._heard,
            resource=config.engine.telemetry.resource,
            pressure=self.pressure,
            monitor=self._service.monitor,
        )

    async def start(self) -> None:
        """Start the extensions around pipelines, then all pipelines, receivers of each last.

        Raises `StartError` at the first failure; `stop` then stops what had been started.
        """
        if self.pressure is not None:
            self._tasks.spawn(self.pressure.run(), name="measure memory")
        await self.scopes.start()
        for key in downstream_first(self.pipelines, self.topics.joins()):
            await self.pipelines[key].start()
        self.host.started(self.clock.wall_ns())

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop pipelines, each after all that feed it by topics, then the extensions around them.

        What is not done at `deadline` is cut off within `GRACE_SECONDS`. Returns what went wrong.
        """
        self.host.started(0)
        await self.jobs.cancel()
        before = feeding(self.pipelines, self.topics.joins())
        every = await in_turn(
            tuple(reversed(downstream_first(self.pipelines, self.topics.joins()))),
            before,
            lambda key: self.pipelines[key].stop(deadline),
            deadline,
        )
        problems = [problem for one in every for problem in one]
        problems += await self.scopes.stop(deadline)
        if self._service.topics is None:
            self.topics.close()
        await self._tasks.close(cut(deadline))
        return tuple(problems)

    def fail(self, error: str) -> None:
        """Note that the engine cannot go on; the first reason counts."""
        if not self.failed.is_set():
            self.error = error
            self.failed.set()

    def add(self, key: PipelineKey) -> RunningPipeline:
        """A pipeline without copies."""
        self.pipelines[key] = RunningPipeline(key, self.crew)
        return self.pipelines[key]

    def commit(self, config: DataflowConfig) -> None:
        """From now on `config` is what runs."""
        self.config = self.host.config = config

    def metrics(self) -> Iterable[Series]:
        """The service's own metrics now, those of copies elsewhere included; each name's series together."""
        copies = (place.copy for running in self.pipelines.values() for place in running.places)
        elsewhere = [series for copy in copies for series in copy.metrics()]
        if not elsewhere:
            return self._service.metrics()
        return sorted((*self._service.metrics(), *elsewhere), key=lambda one: one.name)

    def _make(self, order: CopyOrder, /) -> Copy:
        backend = order.pipeline.workers.backend
        if backend not in self._backends:
            path = (*order.pipeline.path, "workers")
            raise ConfigError.single(f"this engine cannot run copies as: {backend}", path=path)
        return self._backends[backend](order)

    def _heard(self, event: StatusEvent) -> None:
        self.host.heard(event)

    def _broke(self, error: BaseException) -> None:
        self.log.error("the engine broke", exc_info=error)
        self.fail(f"{type(error).__name__}: {error}")
