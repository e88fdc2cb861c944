"""Reads one pipeline, with what the scopes around it give it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar  # Any: values that are not checked yet

from penstock_api.yaml import Path
from penstock_dataflow.config.connections import read_connections
from penstock_dataflow.config.extensions import Extensions, check_scope, read_extensions
from penstock_dataflow.config.nodes import read_nodes
from penstock_dataflow.config.policies import Inherited, read_policies, read_workers
from penstock_dataflow.config.reader import Reader
from penstock_dataflow.config.topics import Topics, check_topics
from penstock_dataflow.config.types import PipelineConfig, Scope
from penstock_dataflow.config.wiring import Wired, check_cycles, default_ports, prune

__all__ = ("Outer", "read_pipeline", "usable")

T = TypeVar("T")

_KEYS: Final = ("connections", "extensions", "nodes", "policies", "workers")
_REFUSED: Final = {"type": "batches stay as they came until a node needs them otherwise: remove it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """What is declared around a pipeline."""

    policies: Inherited
    extensions: Extensions
    topics: Topics

    def around(self, inner: "Outer") -> "Outer":
        """`inner`, which has inherited the policies, with what it does not hide of this one."""
        return Outer(
            policies=inner.policies,
            extensions={**self.extensions, **inner.extensions},
            topics={**self.topics, **inner.topics},
        )


def usable(entries: Mapping[str, T | None]) -> Mapping[str, T]:
    """The entries that could be read."""
    return {name: one for name, one in entries.items() if one is not None}


def read_pipeline(
    reader: Reader, names: tuple[str, str], value: Any, path: Path, outer: Outer
) -> PipelineConfig:
    """The pipeline `value` of group and name `names`, which stands at `path`."""
    found = reader.mapping(value, path, known=_KEYS, refused=_REFUSED)
    policies = read_policies(reader, found.get("policies"), (*path, "policies"), outer.policies)
    own = read_extensions(reader, found.get("extensions"), (*path, "extensions"), Scope.PIPELINE)
    extensions = {**outer.extensions, **own}
    nodes = read_nodes(reader, found.get("nodes"), (*path, "nodes"))
    known = usable(nodes)
    check_scope(reader, known.values(), extensions)
    check_topics(reader, known.values(), outer.topics)
    connections = read_connections(reader, found.get("connections"), (*path, "connections"), nodes)
    wired = prune(known, connections)
    if len(known) == len(nodes) and not reader.failed:
        check_cycles(reader, known, connections)
        _check_something(reader, wired, path)
    return PipelineConfig(
        group=names[0],
        name=names[1],
        path=path,
        nodes=wired.nodes,
        connections=wired.connections,
        default_ports=default_ports(wired.nodes, wired.connections),
        unconnected=wired.unconnected,
        extensions=usable(extensions),
        topics=usable(outer.topics),
        policies=policies.policies(),
        workers=read_workers(reader, found, path, policies),
    )


def _check_something(reader: Reader, wired: Wired, path: Path) -> None:
    if not wired.nodes:
        empty = not wired.unconnected
        what = "there are no nodes" if empty else "no node is connected from a receiver to an exporter"
        reader.problem(path, what, "`nodes` are joined by `connections`")
