"""What all pipelines of one engine have in common."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from penstock_api import BuildInfo, Clock, Components, Host, Meter, Series, StatusEvent
from penstock_dataflow.config import PipelineConfig
from penstock_dataflow.pipeline.pressure import MemoryPressure
from penstock_engine import Kit, StatusBoard
from penstock_engine.extensions import LagMonitor
from penstock_engine.metrics import GaugePool, MeterScope
from penstock_engine.topics import TopicHub

__all__ = ("PIPELINE_FIELD", "Service", "Surroundings")

PIPELINE_FIELD = "dataflow.pipeline"
"""The field that every record of a pipeline's components carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What an engine runs in: a process of its own, or another service.

    `meter` and `metrics` are the two ends of the service's own metrics. `topics` are those of a service
    around the engine, which ends them; None for an engine with its own. `monitor`, where there is one, learns
    whose code is whose; who gives it starts and stops it.
    """

    build: BuildInfo
    clock: Clock
    log: logging.Logger
    meter: Meter
    metrics: Callable[[], Iterable[Series]] = tuple
    topics: TopicHub | None = None
    monitor: LagMonitor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Given to everything that runs in one engine.

    `metrics` reads all that is measured in it, and in the service, and `resource` is who they say they are;
    `watch` hears of every status there is.
    `pressure` refuses what receivers take while memory is short. With `reuse_port` other processes serve the
    same ports.
    """

    components: Components
    build: BuildInfo
    clock: Clock
    log: logging.Logger
    gauges: GaugePool
    metrics: Callable[[], Iterable[Series]]
    topics: TopicHub
    host: Host
    watch: Callable[[StatusEvent], None]
    resource: Mapping[str, str] = field(default_factory=dict)
    pressure: MemoryPressure | None = None
    monitor: LagMonitor | None = None
    reuse_port: bool = False

    def kit(self, meter: MeterScope, pipeline: PipelineConfig | None = None, copy: int = 0) -> Kit:
        """What the components of one copy of `pipeline` have in common, or those around all pipelines."""
        topics = {name: topic.key for name, topic in pipeline.topics.items()} if pipeline else {}
        board = StatusBoard(self.clock)
        board.watch(self.watch)
        return Kit(
            build=self.build,
            clock=self.clock,
            meter=meter,
            log=self.log,
            board=board,
            topics=self.topics.view(str(pipeline or ""), topics),
            metrics=self.metrics,
            resource=self.resource,
            reuse_port=self.reuse_port,
            copy=copy,
            fields={PIPELINE_FIELD: str(pipeline)} if pipeline else {},
        )
