"""One copy of one pipeline, in this process."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from penstock_api import (
    AnyBatch,
    ComponentId,
    Deadline,
    Kind,
    Report,
    Series,
    StartError,
    Status,
    StatusEvent,
)
from penstock_api.capability import CapabilityClaimError
from penstock_dataflow.config import PipelineConfig, Scope
from penstock_dataflow.pipeline.nodes import NODE_FIELD, Making, component_id, node_of
from penstock_dataflow.pipeline.observe import Observer
from penstock_dataflow.pipeline.scope import host_of, resolved_extensions, resolved_nodes
from penstock_dataflow.pipeline.surroundings import PIPELINE_FIELD, Surroundings
from penstock_dataflow.pipeline.wiring import Wiring, wire
from penstock_engine import Assembly, FieldLog, Graph, Reporter, cut, inbox_of, unreported
from penstock_engine.extensions import ExtensionHost, ExtensionStatus
from penstock_engine.metrics import MeterScope

if TYPE_CHECKING:
    from penstock_dataflow.controller.copies import CopyOrder

__all__ = ("InlineCopy",)


class InlineCopy:
    """A `penstock_dataflow.controller.Copy` that runs in the loop of who made it."""

    def __init__(
        self, order: "CopyOrder", surroundings: Surroundings, outer: ExtensionHost | None = None
    ) -> None:
        """Create every extension of the pipeline's own and every node; nothing of it runs yet.

        Extensions of `outer` are given out too. Raises `ConfigError`, and `StartError` for what cannot
        be created.
        """
        self.failed = asyncio.Event()
        self.error = ""
        self._pipeline = order.pipeline
        self._surroundings = surroundings
        self._log = FieldLog(surroundings.log, {PIPELINE_FIELD: str(order.key)})
        self._meter = MeterScope(surroundings.gauges, pipeline=str(order.key))
        self._kit = surroundings.kit(self._meter, order.pipeline, order.index)
        self._kit.board.watch(self._note)
        extensions = resolved_extensions(order.config, surroundings, order.near)
        self._resolved = resolved_nodes(order, surroundings, extensions)
        self._warn_unconnected()
        self._host = host_of(
            [one for one in order.pipeline.extensions.values() if one.scope is Scope.PIPELINE],
            extensions,
            self._kit,
            surroundings,
            outer,
        )
        try:
            self._assembly = self._assemble()
            self._host.check_use(strict=order.config.engine.extensions.strict)
        except BaseException as error:
            self._host.release()
            self._meter.close()
            if isinstance(error, CapabilityClaimError):
                raise StartError(str(error)) from error
            raise
        self._host.seal()

    async def start(self) -> None:
        """Return when every extension is ready and every node has started; receivers come last."""
        await self._host.start()
        await self._assembly.start()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop receivers, let all flush in order, stop extensions. Returns what went wrong."""
        problems = await self._assembly.stop(deadline)
        problems += await self._host.stop(cut(deadline))
        await self._kit.close(deadline)
        self._meter.close()
        return problems

    def statuses(self) -> Mapping[str, StatusEvent]:
        """The latest status of every node, by its id."""
        latest = self._kit.board.latest()
        keys = {name: (one.node.urn.kind, component_id(one)) for name, one in self._resolved.items()}
        return {name: latest[key] for name, key in keys.items() if key in latest}

    def extensions(self) -> tuple[ExtensionStatus, ...]:
        """Every extension of the copy's own scope now."""
        return self._host.statuses()

    def metrics(self) -> Iterable[Series]:
        """Nothing: what is measured here is in the engine's registry."""
        return ()

    async def reconfigure(self, order: "CopyOrder") -> bool:
        """Offer changed configs to the extensions of the copy's own scope; False when one refuses.

        Raises `ConfigError`.
        """
        resolved = resolved_extensions(order.config, self._surroundings, order.near)
        for name, extension in order.pipeline.extensions.items():
            if extension.scope is Scope.PIPELINE and extension != self._pipeline.extensions.get(name):
                refusal = await self._host.reconfigure(name, resolved[extension.path].config)
                if refusal:
                    fields = {"extension": name, "error": refusal}
                    self._log.info("extension does not take its new config", extra=fields)
                    return False
        self._pipeline = order.pipeline
        return True

    # -- building ------------------------------------------------------------------------------------

    def _warn_unconnected(self) -> None:
        for name in self._pipeline.unconnected:
            self._log.warning("node is not connected and is left out", extra={NODE_FIELD: name})

    def _assemble(self) -> Assembly[AnyBatch]:
        pipeline, kit = self._pipeline, self._kit
        level = pipeline.policies.telemetry.runtime_metrics
        observer = Observer(level, self._meter, self._surroundings.clock)
        making = Making(
            pipeline=str(pipeline),
            kit=kit,
            host=self._host,
            observer=observer,
            default_ports=pipeline.default_ports,
            guard=self._surroundings.pressure.guard if self._surroundings.pressure else None,
        )
        tasks = kit.settings(Kind.CONNECTOR, ComponentId("channel")).tasks
        wiring = wire(pipeline, tasks)
        nodes = [node_of(one, making, wiring.inboxes[name]) for name, one in self._resolved.items()]
        assembly = Assembly.build(Graph.of([*nodes, *wiring.queues], wiring.edges), self._describe, tasks)
        _measure(observer, pipeline, wiring, assembly)
        return assembly

    def _describe(self, name: str) -> tuple[str, Report]:
        one = self._resolved.get(name)
        if one is None:
            return f"queue {name}", unreported
        report = Reporter(self._kit.board, one.node.urn.kind, component_id(one), (str(self._pipeline),))
        return one.node.label, report

    def _note(self, event: StatusEvent) -> None:
        if event.status is not Status.FATAL_ERROR or self.failed.is_set():
            return
        what = f"{event.id.name} ({event.kind}:{event.id.kind})"
        self.error = event.error if event.kind is Kind.EXTENSION else f"node {what} failed: {event.error}"
        self.failed.set()


def _measure(
    observer: Observer, pipeline: PipelineConfig, wiring: Wiring, assembly: Assembly[AnyBatch]
) -> None:
    for name in pipeline.nodes:
        if inbox_of(name) in assembly.channels:
            observer.channel(assembly.channels[inbox_of(name)], node=name)
    for queue in wiring.queues:
        observer.channel(assembly.channels[queue.id], connection=queue.id)
