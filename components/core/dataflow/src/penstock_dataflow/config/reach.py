"""Follows connections: what each node sends to, and all that can be reached from one."""

from collections.abc import Iterable, Mapping

from penstock_dataflow.config.types import Connection

__all__ = ("onward_of", "reached")


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
