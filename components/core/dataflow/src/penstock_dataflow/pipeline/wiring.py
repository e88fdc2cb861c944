"""The connections of a pipeline as edges and queues of an engine graph."""

from collections.abc import Iterator
from dataclasses import dataclass

from penstock_api import AnyBatch, Tasks
from penstock_dataflow.config import Connection, Dispatch, PipelineConfig
from penstock_engine import Edge, Node, compete

__all__ = ("Wiring", "wire")


@dataclass(frozen=True, slots=True)
class Wiring:
    """Edges between the nodes, by way of the `queues` for which destinations compete.

    `inboxes` has the capacity of every node's inbox; None where one queue alone feeds the node and hands it
    one batch at a time.
    """

    edges: tuple[Edge, ...]
    queues: tuple[Node[AnyBatch], ...]
    inboxes: dict[str, int | None]


def wire(pipeline: PipelineConfig, tasks: Tasks) -> Wiring:
    """What joins the nodes of `pipeline`; `tasks` runs the queues."""
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
    inboxes = {name: _inbox(pipeline, name, edges) for name in pipeline.nodes}
    return Wiring(tuple(edges), tuple(queues), inboxes)


def _every(connection: Connection) -> Iterator[Edge]:
    for port in connection.sources:
        for target in connection.targets:
            yield Edge(source=port.node, port=port.port, target=target)


def _queue(connection: Connection) -> str:
    sources = ", ".join(map(str, connection.sources))
    return f"{sources} -> one of {', '.join(connection.targets)}"


def _inbox(pipeline: PipelineConfig, name: str, edges: list[Edge]) -> int | None:
    feeding = {edge.source for edge in edges if edge.target == name}
    return None if len(feeding) == 1 and feeding.isdisjoint(pipeline.nodes) else pipeline.capacity
