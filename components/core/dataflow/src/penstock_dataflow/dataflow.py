"""One configuration, running."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, Self

from penstock_api import (
    BuildInfo,
    Clock,
    ComponentId,
    Components,
    Deadline,
    Kind,
    Meter,
    Series,
    StatusEvent,
)
from penstock_api.topics import NO_TOPICS, Topics
from penstock_dataflow.config import DataflowConfig, HttpAdmin
from penstock_dataflow.controller import Controller, ControlPlane, Operations
from penstock_dataflow.pipeline import Service
from penstock_dataflow.shown import shown
from penstock_engine import GRACE_SECONDS, Kit, StatusBoard
from penstock_engine.extensions import LagMonitor
from penstock_engine.topics import hub_of

if TYPE_CHECKING:
    from penstock_dataflow.admin import AdminServer

__all__ = ("Dataflow",)

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


class Dataflow:
    """All pipelines of one configuration, and its interface. Made by `build`; `start` once, `stop` once.

    `failed` is set when it cannot go on; `error` then says which pipeline or extension failed, and why.
    """

    def __init__(self, controller: Controller, kit: Kit) -> None:
        """For `build`."""
        self._controller = controller
        self._control = Operations(controller)
        self._kit = kit
        self._admin: AdminServer | None = None

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
        topics: Topics = NO_TOPICS,
        monitor: LagMonitor | None = None,
    ) -> Self:
        """Create every extension, and the components of every connected node.

        `metrics` reads what `meter` measures. `topics` are those that a service around this one gives its
        components: data can cross to it. `monitor` learns whose code is whose. Raises `ConfigError` when a
        type or config is wrong, `StartError` for what cannot be made.
        """
        hub, log = hub_of(topics), _leveled(log, config)
        service = Service(
            build=build, clock=clock, log=log, meter=meter, metrics=metrics, topics=hub, monitor=monitor
        )
        kit = Kit(build=build, clock=clock, meter=meter, log=log, board=StatusBoard(clock))
        return cls(Controller(config, components, service), kit)

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
        """Start the admin interface, extensions, then all nodes, each after everything it feeds.

        Raises `StartError` at the first failure; `stop` then stops what had been started.
        """
        if self._controller.config.engine.http_admin is not None:
            self._admin = self._made_admin(self._controller.config.engine.http_admin)
            await self._admin.start()
        await self._controller.start()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop nodes, each after all that feeds it has flushed, then extensions. Returns what went wrong."""
        problems = await self._controller.stop(deadline)
        if self._admin is not None:
            await self._admin.shutdown(Deadline.after(deadline.clock, GRACE_SECONDS))
        await self._kit.close()
        return problems

    @property
    def admin_address(self) -> tuple[str, int] | None:
        """Where the admin interface listens; None without one, and before `start`."""
        return self._admin.address if self._admin is not None else None

    def _made_admin(self, config: HttpAdmin) -> "AdminServer":
        from penstock_dataflow.admin import AdminServer  # noqa: PLC0415 - only for those who have it

        controller, build = self._controller, self._kit.build
        settings = self._kit.settings(Kind.EXTENSION, ComponentId("http_admin"))
        told = controller.config.engine.telemetry.resource
        resource = {"service.name": build.command, "service.version": build.version, **told}
        return AdminServer(
            settings,
            config,
            self._control,
            lambda: shown(controller.config, controller.host.components),
            resource,
        )

    def statuses(self) -> Mapping[str, Mapping[str, StatusEvent]]:
        """The latest status of every node by its id, by pipeline; of several copies, that of the first."""
        every = self._control.pipelines()
        return {str(one.key): one.copies[0].nodes for one in every if one.copies}


def _leveled(log: logging.Logger, config: DataflowConfig) -> logging.Logger:
    """`log`, or below it one of the level that `config` wants; others who use `log` notice nothing."""
    level = config.engine.telemetry.logs.level
    if level is None:
        return log
    own = log.getChild("dataflow")
    own.setLevel(_LEVELS[level])
    return own
