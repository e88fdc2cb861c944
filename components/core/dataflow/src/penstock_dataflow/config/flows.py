"""Checks what `flow_metrics` name: nodes of the pipeline, the last of which can be reached from the first."""

from collections.abc import Iterable, Mapping

from penstock_api.yaml import Path
from penstock_dataflow.config.families import FlowMetric
from penstock_dataflow.config.reader import Reader, nearest
from penstock_dataflow.config.types import Connection
from penstock_dataflow.config.wiring import Wired

__all__ = ("check_flows", "onward_of", "reached")


def check_flows(reader: Reader, flows: Iterable[FlowMetric], wired: Wired, path: Path) -> None:
    """Refuse each of `flows` that cannot be measured in a pipeline; they stand at `path`."""
    onward = onward_of(wired.connections)
    ids = set[str]()
    for index, flow in enumerate(flows):
        below = (*path, index, "bounds")
        if flow.id in ids:
            reader.problem((*path, index, "id"), f"another flow has this id: {flow.id}")
        ids.add(flow.id)
        ends = {"start_node": flow.bounds.start_node, "end_node": flow.bounds.end_node}
        missing = {key: name for key, name in ends.items() if name not in wired.nodes}
        for key, name in missing.items():
            reader.problem((*below, key), f"no such node is connected: {name}", nearest(name, wired.nodes))
        start, end = ends.values()
        if not missing and end != start and end not in reached(start, onward):
            reader.problem((*below, "end_node"), f"nothing comes here from {start}: {end}")


def onward_of(connections: Iterable[Connection]) -> Mapping[str, set[str]]:
    """The nodes to which each node sends."""
    onward: dict[str, set[str]] = {}
    for connection in connections:
        for port in connection.sources:
            onward.setdefault(port.node, set()).update(connection.targets)
    return onward


def reached(start: str, onward: Mapping[str, set[str]]) -> tuple[str, ...]:
    """All that can be reached from `start`, in the same order on every run."""
    found, waiting = dict[str, None](), [start]
    while waiting:
        for name in sorted(onward.get(waiting.pop(), ())):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return tuple(found)
