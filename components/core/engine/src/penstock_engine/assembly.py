"""A graph built into components: started downstream first, drained upstream first."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, TypeVar

from penstock_api import Deadline, Report, Tasks
from penstock_engine.channel import Channel
from penstock_engine.fanout import Output, fan_out
from penstock_engine.graph import Edge, Graph, GraphError, Node, Tapped
from penstock_engine.payload import Consumer, Payload
from penstock_engine.turns import in_turn
from penstock_engine.units import Unit, created, feeding, levels, unreported

__all__ = ("Assembly", "Describe", "Joins", "compete", "inbox_of")

P = TypeVar("P", bound=Payload)

_DEEPEST: Final = 32
"""Nodes and channels that one call goes through."""

Describe = Callable[[str], tuple[str, Report]]
"""Gives, for a node id, what to call its component and where to report its status."""

Joins = Callable[[], Iterable[tuple[str, str]]]
"""Gives pairs of names; those of which both are nodes are in the order in which one feeds the other."""


class Assembly(Generic[P]):
    """Every component of one graph. Made by `build`; `start` once, `stop` once."""

    def __init__(
        self,
        by_level: tuple[tuple[Unit, ...], ...],
        feeds: Mapping[Unit, frozenset[Unit]],
        channels: Mapping[str, Channel[P]],
    ) -> None:
        """For `build`."""
        self.channels = channels
        """Every channel by its name; `inbox_of` gives that of a node's inbox."""
        self._levels = by_level
        self._feeds = feeds
        self._started: set[Unit] = set()

    @classmethod
    def build(
        cls, graph: Graph[P], describe: Describe, tasks: Tasks, *, joins: Joins = tuple
    ) -> "Assembly[P]":
        """Create every component, downstream first. `tasks` runs the channels on edges.

        `joins` is asked, once all are created, which nodes feed which others by ways that are no edges.
        Raises `StartError` that names the component that cannot be created, `ConfigError` from one, and
        `GraphError` when the target of an edge takes nothing, or a join leads back.
        """
        wired = _with_channels(graph, tasks)
        outputs: dict[str, Output[P]] = {}
        units: dict[int, Unit] = {}
        by_node: dict[str, Unit] = {}
        known = {
            name: describe(name) if name in graph.nodes else _channel_label(name) for name in wired.nodes
        }
        components = {
            node.id: _create(wired, node, outputs, known[node.id][0])
            for node in reversed(tuple(wired.nodes.values()))
        }
        for name, (label, report) in known.items():
            component = components[name]
            by_node[name] = units.setdefault(id(component), Unit(label, component, report))
        channels = {name: one for name, one in components.items() if isinstance(one, Channel)}
        _limit_calls(wired, channels)
        ordered = _with_joins(wired, joins())
        return cls(levels(ordered, by_node), feeding(ordered, by_node), channels)

    async def start(self) -> None:
        """Start all, each after everything it feeds; sources last.

        Raises `StartError` at the first failure; `stop` then stops what had been started.
        """
        for level in reversed(self._levels):
            for unit in level:
                self._started.add(unit)
                await unit.start()

    async def stop(self, deadline: Deadline) -> tuple[str, ...]:
        """Stop what was started: each only after all that feeds it has flushed. Returns what went wrong.

        First all are told that the end has come, so that none holds for long what others wait for. At the
        deadline nothing waits for what feeds it any more, and `GRACE_SECONDS` later all of it is over.
        """
        order = [unit for level in self._levels for unit in level if unit in self._started]
        problems = [unit.drain(deadline) for unit in order]
        problems += await in_turn(order, self._feeds, lambda unit: unit.stop(deadline), deadline)
        self._started.clear()
        return tuple(problem for problem in problems if problem)


def _create(graph: Graph[P], node: Node[P], outputs: dict[str, Output[P]], label: str) -> object:
    """Create the component of `node`; `outputs` holds those downstream, and then this one too."""
    ports: dict[str, list[Output[P]]] = {}
    for edge in graph.onward(node.id):
        ports.setdefault(edge.port, []).append(outputs[edge.target])
    joined = {port: fan_out(targets) for port, targets in ports.items()}
    onward = {port: output.consumer for port, output in joined.items()}
    made = created(label, lambda: node.create(onward))
    taker, component = (made.consumer, made.component) if isinstance(made, Tapped) else (made, made)
    if not graph.is_source(node.id):
        behind = node.forwards and any(output.mutates for output in joined.values())
        outputs[node.id] = Output(_consumer(node.id, taker), mutates=node.mutates or behind)
    return component


def _consumer(name: str, taker: object) -> Consumer[P]:
    if not callable(getattr(taker, "consume", None)):
        raise GraphError(f"a node that others feed must have `consume`: {name}")
    return taker  # type: ignore[return-value] # checked above; its payload type is the factory's promise


def _with_channels(graph: Graph[P], tasks: Tasks) -> Graph[P]:
    """The same graph with a channel before every node with an inbox, and on every edge with a capacity."""
    nodes, edges = list(graph.nodes.values()), list[Edge]()
    for node in graph.nodes.values():
        if node.inbox is not None and not graph.is_source(node.id):
            nodes.append(compete(inbox_of(node.id), tasks, capacity=node.inbox))
            edges.append(Edge(source=inbox_of(node.id), target=node.id))
    for edge in graph.edges:
        target = graph.nodes[edge.target]
        end = edge.target if target.inbox is None else inbox_of(target.id)
        if edge.capacity is None:
            edges.append(Edge(source=edge.source, target=end, port=edge.port))
            continue
        name = f"{edge.source}[{edge.port}] -> {edge.target}"
        nodes.append(compete(name, tasks, capacity=edge.capacity))
        edges += [Edge(source=edge.source, target=name, port=edge.port), Edge(source=name, target=end)]
    return Graph.of(nodes, edges)


def _with_joins(graph: Graph[P], joins: Iterable[tuple[str, str]]) -> Graph[P]:
    """The same graph with an edge for each join, to order its nodes by."""
    found = [Edge(source=one, target=other) for one, other in joins if {one, other} <= graph.nodes.keys()]
    return Graph.of(graph.nodes.values(), (*graph.edges, *found)) if found else graph


def _limit_calls(graph: Graph[P], channels: Mapping[str, Channel[P]]) -> None:
    """Have a task of its own where calls from node to node would become too deep for the interpreter."""
    depths = dict.fromkeys(graph.nodes, 0)
    for name in graph.nodes:
        if name in channels and depths[name] >= _DEEPEST:
            channels[name].hands_over = False
            depths[name] = 0
        for edge in graph.onward(name):
            depths[edge.target] = max(depths[edge.target], depths[name] + 1)


def inbox_of(node: str) -> str:
    """The name of the channel in front of a node with an inbox."""
    return f"inbox of {node}"


def compete(name: str, tasks: Tasks, *, capacity: int) -> Node[P]:
    """A node with a bounded channel: each payload goes to one of the nodes it feeds, whichever is free.

    Give each edge that leaves it a port of its own; nodes behind one port all get a payload.
    """

    def create(onward: Mapping[str, Consumer[P]]) -> Channel[P]:
        return Channel(name, tuple(onward.values()), tasks, capacity=capacity)

    return Node(id=name, create=create)


def _channel_label(name: str) -> tuple[str, Report]:
    return f"channel {name}", unreported
