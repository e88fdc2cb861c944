"""Nodes and edges, checked before anything is built."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from penstock_api import PenstockError
from penstock_engine.payload import Consumer, Payload

__all__ = ("DEFAULT_PORT", "Edge", "Graph", "GraphError", "Node", "Tapped")

DEFAULT_PORT = "default"

P = TypeVar("P", bound=Payload)


class GraphError(PenstockError):
    """The nodes and edges make no graph that can run. `cycle` holds the ids of a cycle, if one was found."""

    def __init__(self, message: str, cycle: tuple[str, ...] = ()) -> None:
        super().__init__(message, cycle)
        self.message = message
        self.cycle = cycle

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Tapped(Generic[P]):
    """A component behind something that sees its payloads first; `component` is what starts and stops."""

    consumer: Consumer[P]
    component: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Generic[P]):
    """One place in the graph.

    `create` is called once, after every node downstream, with one consumer per port that has edges; it
    returns the component object: a consumer, unless the node is a source; or a `Tapped` one. `mutates` says
    that it changes payloads it is given; `forwards` that it may pass on the very payload it was given.
    With an `inbox`, all that comes to the node goes through one bounded channel of that capacity.
    """

    id: str
    create: Callable[[Mapping[str, Consumer[P]]], object]
    mutates: bool = False
    forwards: bool = True
    inbox: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A way from `source`'s port to `target`. With a `capacity`, a bounded channel sits on it."""

    source: str
    target: str
    port: str = DEFAULT_PORT
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Graph(Generic[P]):
    """Nodes by id, in topological order, and their edges. Made by `Graph.of`."""

    nodes: Mapping[str, Node[P]]
    edges: tuple[Edge, ...]
    _onward: Mapping[str, tuple[Edge, ...]] = field(repr=False)
    _targets: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, nodes: Iterable[Node[P]], edges: Iterable[Edge]) -> "Graph[P]":
        """Check and order. Raises `GraphError` on a duplicate id, an edge to nowhere, or a cycle."""
        by_id: dict[str, Node[P]] = {}
        for node in nodes:
            if node.id in by_id:
                raise GraphError(f"two nodes have the same id: {node.id}")
            by_id[node.id] = node
        every = tuple(edges)
        onward: dict[str, list[Edge]] = {name: [] for name in by_id}
        for edge in every:
            for end in (edge.source, edge.target):
                if end not in by_id:
                    raise GraphError(f"an edge names a node that does not exist: {end}")
            onward[edge.source].append(edge)
        order = _topological(onward)
        return cls(
            {name: by_id[name] for name in order},
            every,
            {name: tuple(found) for name, found in onward.items()},
            frozenset(edge.target for edge in every),
        )

    def onward(self, node: str) -> tuple[Edge, ...]:
        """The edges that leave `node`."""
        return self._onward[node]

    def is_source(self, node: str) -> bool:
        """Whether no edge leads to `node`."""
        return node not in self._targets


def _topological(onward: Mapping[str, list[Edge]]) -> list[str]:
    """Ids so that every edge leads forward; ties keep the order given. Raises `GraphError` on a cycle."""
    waiting = dict.fromkeys(onward, 0)
    for edges in onward.values():
        for edge in edges:
            waiting[edge.target] += 1
    ready = [name for name, count in waiting.items() if count == 0]
    order: list[str] = []
    while ready:
        name = ready.pop(0)
        order.append(name)
        for edge in onward[name]:
            waiting[edge.target] -= 1
            if waiting[edge.target] == 0:
                ready.append(edge.target)
    if len(order) < len(onward):
        cycle = _cycle(onward, {name for name, count in waiting.items() if count})
        raise GraphError(f"cycle detected: {' -> '.join(cycle)}", cycle)
    return order


def _cycle(onward: Mapping[str, list[Edge]], among: set[str]) -> tuple[str, ...]:
    """One cycle among nodes of which each can be reached from a cycle; first and last are the same."""
    backward: dict[str, list[str]] = {name: [] for name in among}
    for source in (name for name in onward if name in among):  # in the order given, the same on every run
        for edge in onward[source]:
            backward[edge.target].append(source)
    path = [min(among)]
    while (before := backward[path[-1]][0]) not in path:
        path.append(before)
    loop = path[path.index(before) :]
    return (before, *reversed(loop))
