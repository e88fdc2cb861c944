"""A pipeline's nodes and connections as an engine graph of components."""

from collections.abc import Iterator, Mapping
from typing import Any  # Any: factories are invariant in their config type, and nodes take every signal

from penstock_api import AnyBatch, ComponentId, Consumer, Kind, Report, Settings, Signal
from penstock_dataflow.config import Connection, Dispatch, PipelineConfig
from penstock_dataflow.parts import Parts, SignalParts
from penstock_dataflow.resolve import Resolved, signals_of
from penstock_engine import Assembly, Edge, Graph, Kit, Node, Reporter, compete, unreported

__all__ = ("assemble",)

_Onward = Mapping[str, Consumer[AnyBatch]]


def assemble(pipeline: PipelineConfig, resolved: Mapping[str, Resolved], kit: Kit) -> Assembly[AnyBatch]:
    """Create the component of every node. Raises `StartError` for one that cannot be, and `ConfigError`."""
    tasks = kit.settings(Kind.CONNECTOR, ComponentId("channel")).tasks
    edges = list[Edge]()
    queues = list[Node[AnyBatch]]()
    for connection in pipeline.connections:
        if connection.dispatch is Dispatch.ONE_OF and len(connection.targets) > 1:
            queue = _queue(connection)
            queues.append(compete(queue, tasks, capacity=pipeline.capacity))
            edges += [Edge(source=one.node, port=one.port, target=queue) for one in connection.sources]
            edges += [Edge(source=queue, port=one, target=one) for one in connection.targets]
        else:
            edges += _every(connection)
    nodes = [_node(pipeline, resolved[name], kit, _inbox(pipeline, name, edges)) for name in pipeline.nodes]

    def describe(name: str) -> tuple[str, Report]:
        if name not in pipeline.nodes:
            return f"queue {name}", unreported
        one = resolved[name]
        report = Reporter(kit.board, one.node.urn.kind, _component_id(one), (str(pipeline),))
        return f"node {name} ({one.node.urn.short})", report

    return Assembly.build(Graph.of([*nodes, *queues], edges), describe, tasks)


def _every(connection: Connection) -> Iterator[Edge]:
    for port in connection.sources:
        for target in connection.targets:
            yield Edge(source=port.node, port=port.port, target=target)


def _queue(connection: Connection) -> str:
    sources = ", ".join(map(str, connection.sources))
    return f"{sources} -> one of {', '.join(connection.targets)}"


def _inbox(pipeline: PipelineConfig, name: str, edges: list[Edge]) -> int | None:
    """A node that only one queue feeds needs no inbox: the queue hands it one batch at a time."""
    feeding = {edge.source for edge in edges if edge.target == name}
    return None if len(feeding) == 1 and feeding.isdisjoint(pipeline.nodes) else pipeline.capacity


def _component_id(one: Resolved) -> ComponentId:
    return ComponentId(one.factory.kind, one.node.id)


def _node(pipeline: PipelineConfig, one: Resolved, kit: Kit, inbox: int | None) -> Node[AnyBatch]:
    kind, signals = one.node.urn.kind, signals_of(one.factory)
    settings = {signal: _settings(pipeline, one, kit, signal) for signal in signals}
    port = pipeline.default_ports.get(one.node.id, "")

    def make(signal: Signal, *onward: object) -> Any:
        return getattr(one.factory, f"create_{signal}")(settings[signal], one.config, *onward)

    def create(onward: _Onward) -> object:
        if kind is Kind.RECEIVER:
            return Parts([make(signal, onward[port]) for signal in signals])
        if kind is Kind.EXPORTER:
            from penstock_api.exporting import counted  # noqa: PLC0415 - with the first exporter

            made = {signal: make(signal) for signal in signals}
            takers = {signal: counted(settings[signal], signal, part) for signal, part in made.items()}
        else:
            made = takers = {signal: make(signal, onward[port]) for signal in signals}
        return SignalParts(one.node.id, one.node.urn.short, takers, made.values(), kit.meter)

    mutates = getattr(one.factory, "mutates_data", False)
    return Node(id=one.node.id, create=create, mutates=mutates, inbox=inbox)


def _settings(pipeline: PipelineConfig, one: Resolved, kit: Kit, signal: Signal) -> Settings:
    fields = {
        "dataflow.pipeline": str(pipeline),
        "dataflow.node": one.node.id,
        "otelcol.signal": signal.value,
    }
    return kit.settings(one.node.urn.kind, _component_id(one), pipelines=(str(pipeline),), fields=fields)
