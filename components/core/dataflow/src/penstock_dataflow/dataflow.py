"""One configuration, running."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Self

from penstock_api import (
    AnyBatch,
    BuildInfo,
    Clock,
    ComponentId,
    Components,
    Deadline,
    Kind,
    Meter,
    Status,
    StatusEvent,
)
from penstock_dataflow.build import assemble
from penstock_dataflow.config import DataflowConfig, Reader
from penstock_dataflow.resolve import resolve
from penstock_engine import Assembly, FieldLog, Kit, StatusBoard

__all__ = ("Dataflow",)


class Dataflow:
    """Every node of one configuration. Made by `build`; `start` once, `stop` once.

    `failed` is set when a node fails for good while it runs; `error` then says which and why.
    """

    def __init__(self, assembly: Assembly[AnyBatch], kit: Kit) -> None:
        """For `build`."""
        self.failed = asyncio.Event()
        self.error = ""
        self._assembly = assembly
        self._kit = kit
        kit.board.watch(self._note)

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
    ) -> Self:
        """Create the component of every connected node.

        Raises `ConfigError` when a node's type or config is wrong, and what a component raises.
        """
        reader = Reader(config.document)
        [pipeline] = config.pipelines
        resolved = resolve(reader, pipeline, components)
        reader.raise_problems()
        for name in pipeline.unconnected:
            FieldLog(log, {"dataflow.pipeline": str(pipeline)}).warning(
                "node is not connected and is left out", extra={"dataflow.node": name}
            )
        kit = Kit(build=build, clock=clock, meter=meter, log=log, board=StatusBoard(clock))
        return cls(assemble(pipeline, resolved, kit), kit)

    async def start(self) -> None:
        """Start all nodes, each after everything it feeds.

        Raises `StartError` at the first failure; `stop` then stops what had been started.
        """
        await self._assembly.start()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop all nodes, each after all that feeds it has flushed. Returns what went wrong."""
        problems = await self._assembly.stop(deadline)
        await self._kit.close()
        return problems

    def statuses(self) -> Mapping[tuple[Kind, ComponentId], StatusEvent]:
        """The latest status of every node; the id of one is `type/node`."""
        return self._kit.board.latest()

    def _note(self, event: StatusEvent) -> None:
        if event.status is Status.FATAL_ERROR and not self.failed.is_set():
            self.error = f"node {event.id.name} ({event.kind}:{event.id.kind}) failed: {event.error}"
            self.failed.set()
