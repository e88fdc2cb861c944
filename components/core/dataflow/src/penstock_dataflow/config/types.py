"""A dataflow configuration, checked: frozen values that the graph is built from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any  # Any: the config of a node belongs to its component

from penstock_api.yaml import Document, Path
from penstock_dataflow.urn import NodeUrn

__all__ = ("Connection", "DataflowConfig", "Dispatch", "NodeConfig", "PipelineConfig", "Port")


class Dispatch(StrEnum):
    """Which of several destinations get a batch."""

    ONE_OF = "one_of"
    BROADCAST = "broadcast"


@dataclass(frozen=True, slots=True)
class Port:
    """One output of one node."""

    node: str
    port: str

    def __str__(self) -> str:
        return f'{self.node}["{self.port}"]'


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """One entry of `nodes`. `config` is not yet decoded; `path` leads to the entry."""

    id: str
    urn: NodeUrn
    path: Path
    description: str = ""
    config: Any = None  # Any: as above
    outputs: tuple[str, ...] = ()
    default_output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One entry of `connections`: each of `sources` sends to `targets`."""

    sources: tuple[Port, ...]
    targets: tuple[str, ...]
    path: Path
    dispatch: Dispatch = Dispatch.ONE_OF


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineConfig:
    """One pipeline. Only connected nodes are in `nodes` and `connections`; the others are `unconnected`.

    `default_ports` has, for every node that sends, the port that its component sends to.
    """

    group: str
    name: str
    path: Path
    nodes: Mapping[str, NodeConfig] = field(default_factory=dict)
    connections: tuple[Connection, ...] = ()
    default_ports: Mapping[str, str] = field(default_factory=dict)
    unconnected: Mapping[str, NodeConfig] = field(default_factory=dict)
    capacity: int

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataflowConfig:
    """A whole file. `document` is what was read, variables filled in; it knows where each value stood."""

    pipelines: tuple[PipelineConfig, ...]
    document: Document
