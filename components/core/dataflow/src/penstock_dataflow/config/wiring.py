"""What only all nodes and connections together show: idle outputs, unconnected nodes, cycles."""

from collections.abc import Mapping
from dataclasses import dataclass

from penstock_api import Kind
from penstock_api.yaml import Path
from penstock_dataflow.config.reader import Reader
from penstock_dataflow.config.types import Connection, NodeConfig
from penstock_engine import Edge, Graph, GraphError, Node

__all__ = ("Wired", "check_cycles", "connected_ports", "default_ports", "prune")

_Connections = tuple[Connection, ...]


def default_ports(nodes: Mapping[str, NodeConfig], connections: _Connections) -> Mapping[str, str]:
    """For every node that sends, the output for what it addresses to none, as far as that is clear."""
    found: dict[str, str] = {}
    for name, ports in connected_ports(connections).items():
        default = nodes[name].default_output
        if default is not None:
            found[name] = default
        elif len(ports) == 1:
            found[name] = next(iter(ports))
    return found


def connected_ports(connections: _Connections) -> Mapping[str, Mapping[str, Path]]:
    """For every node that sends, its connected outputs and the path of a connection of each."""
    used: dict[str, dict[str, Path]] = {}
    for connection in connections:
        for port in connection.sources:
            used.setdefault(port.node, {}).setdefault(port.port, connection.path)
    return used


@dataclass(frozen=True, slots=True)
class Wired:
    """The nodes that are connected, their connections, and the nodes that are not."""

    nodes: Mapping[str, NodeConfig]
    connections: _Connections
    unconnected: Mapping[str, NodeConfig]


def prune(nodes: Mapping[str, NodeConfig], connections: _Connections) -> Wired:
    """Leave out nodes through which nothing can flow, and then those that fed or were fed by only them."""
    left = dict(nodes)
    connections = _among(connections, left)
    while idle := [name for name, node in left.items() if _is_idle(node, connections)]:
        for name in idle:
            del left[name]
        connections = _among(connections, left)
    return Wired(left, connections, {name: node for name, node in nodes.items() if name not in left})


def _is_idle(node: NodeConfig, connections: _Connections) -> bool:
    feeds = any(port.node == node.id for one in connections for port in one.sources)
    is_fed = any(node.id in one.targets for one in connections)
    return (node.urn.kind is not Kind.EXPORTER and not feeds) or (
        node.urn.kind is not Kind.RECEIVER and not is_fed
    )


def _among(connections: _Connections, left: Mapping[str, NodeConfig]) -> _Connections:
    return tuple(kept for one in connections if (kept := _without(one, left)) is not None)


def _without(connection: Connection, left: Mapping[str, NodeConfig]) -> Connection | None:
    sources = tuple(port for port in connection.sources if port.node in left)
    targets = tuple(name for name in connection.targets if name in left)
    if not sources or not targets:
        return None
    return Connection(sources=sources, targets=targets, path=connection.path, dispatch=connection.dispatch)


def check_cycles(reader: Reader, nodes: Mapping[str, NodeConfig], connections: _Connections) -> None:
    """Refuse a way that leads back to where it began, naming it."""
    pairs = {
        (port.node, target): connection.path
        for connection in connections
        for port in connection.sources
        for target in connection.targets
    }
    edges = [Edge(source=source, target=target) for source, target in pairs]
    try:
        Graph.of([Node(id=name, create=lambda _: None) for name in nodes], edges)
    except GraphError as error:
        reader.problem(pairs[error.cycle[-2:]], str(error))  # type: ignore[index] # the last edge of the cycle
