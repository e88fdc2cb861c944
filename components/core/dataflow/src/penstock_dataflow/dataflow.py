"""One configuration, running."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Self

from penstock_api import BuildInfo, Clock, Components, Deadline, Meter, Series, StatusEvent
from penstock_dataflow.config import DataflowConfig
from penstock_dataflow.controller import Controller, ControlPlane, Operations
from penstock_dataflow.pipeline import Service
from penstock_engine.topics import TopicHub

__all__ = ("Dataflow",)


class Dataflow:
    """Every pipeline of one configuration. Made by `build`; `start` once, `stop` once.

    `failed` is set when it cannot go on; `error` then says which pipeline or extension failed, and why.
    """

    def __init__(self, controller: Controller) -> None:
        """For `build`."""
        self._controller = controller
        self._control = Operations(controller)

    @classmethod
    def build(
        cls,
        config: DataflowConfig,
        components: Components,
        *,
        build: BuildInfo,
        clock: Clock,
        meter: Meter,
        log: logging.Logger,
        metrics: Callable[[], Iterable[Series]] = tuple,
        topics: TopicHub | None = None,
    ) -> Self:
        """Create every extension, and the components of every connected node.

        `metrics` reads what `meter` measures. `topics` are those of a service around this one, to which data
        can cross. Raises `ConfigError` when a type or config is wrong, `StartError` for what cannot be made.
        """
        service = Service(build=build, clock=clock, log=log, meter=meter, metrics=metrics, topics=topics)
        return cls(Controller(config, components, service))

    @property
    def failed(self) -> asyncio.Event:
        """Set when it cannot go on; `stop` is then due."""
        return self._controller.failed

    @property
    def error(self) -> str:
        """Why it cannot go on."""
        return self._controller.error

    @property
    def control(self) -> ControlPlane:
        """What can be asked of it while it runs."""
        return self._control

    async def start(self) -> None:
        """Start extensions, then all nodes, each after everything it feeds.

        Raises `StartError` at the first failure; `stop` then stops what had been started.
        """
        await self._controller.start()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop nodes, each after all that feeds it has flushed, then extensions. Returns what went wrong."""
        return await self._controller.stop(deadline)

    def statuses(self) -> Mapping[str, Mapping[str, StatusEvent]]:
        """The latest status of every node by its id, by pipeline; of several copies, that of the first."""
        every = self._control.pipelines()
        return {str(one.key): one.copies[0].nodes for one in every if one.copies}
