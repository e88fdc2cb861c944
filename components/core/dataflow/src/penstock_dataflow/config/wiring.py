"""What only all nodes and connections together show: idle outputs, unconnected nodes, cycles."""

from collections.abc import Mapping
from dataclasses import dataclass

from penstock_api import Kind
from penstock_api.yaml import Path
from penstock_dataflow.config.nodes import Nodes
from penstock_dataflow.config.reader import Reader
from penstock_dataflow.config.types import Connection, NodeConfig
from penstock_engine import Edge, Graph, GraphError, Node

__all__ = ("Wired", "check_cycles", "default_ports", "prune")

_Connections = tuple[Connection, ...]


def default_ports(reader: Reader, nodes: Nodes, connections: _Connections) -> Mapping[str, str]:
    """For every node that sends, the output that its component sends to."""
    used: dict[str, dict[str, Path]] = {}
    for connection in connections:
        for port in connection.sources:
            used.setdefault(port.node, {})[port.port] = connection.path
    found: dict[str, str] = {}
    for name, ports in used.items():
        node = nodes[name]
        if node is not None:
            found[name] = _default_port(reader, node, ports)
    return found


def _default_port(reader: Reader, node: NodeConfig, ports: Mapping[str, Path]) -> str:
    names = ", ".join(ports)
    if node.default_output is None:
        if len(ports) > 1:
            what = f"several outputs are connected and none is the default: {names}"
            reader.problem(
                node.path, what, f"{node.urn.short} sends to one output: name it in `default_output`"
            )
        return next(iter(ports))
    if node.default_output not in ports:
        where = (*node.path, "default_output")
        reader.problem(where, f"not connected: {node.default_output}", f"connected: {names}")
    for port, path in ports.items():
        if port != node.default_output:
            what = f"{node.id} never sends to this output: {port}"
            reader.problem((*path, "from"), what, f"all it sends goes to `{node.default_output}`")
    return node.default_output


@dataclass(frozen=True, slots=True)
class Wired:
    """The nodes that are connected, their connections, and the nodes that are not."""

    nodes: Mapping[str, NodeConfig]
    connections: _Connections
    unconnected: Mapping[str, NodeConfig]


def prune(nodes: Mapping[str, NodeConfig], connections: _Connections) -> Wired:
    """Leave out nodes through which nothing can flow, and then those that fed or were fed by only them."""
    left = dict(nodes)
    while idle := [name for name, node in left.items() if _is_idle(node, connections)]:
        for name in idle:
            del left[name]
        connections = tuple(kept for one in connections if (kept := _without(one, left)) is not None)
    return Wired(left, connections, {name: node for name, node in nodes.items() if name not in left})


def _is_idle(node: NodeConfig, connections: _Connections) -> bool:
    feeds = any(port.node == node.id for one in connections for port in one.sources)
    is_fed = any(node.id in one.targets for one in connections)
    return (node.urn.kind is not Kind.EXPORTER and not feeds) or (
        node.urn.kind is not Kind.RECEIVER and not is_fed
    )


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
