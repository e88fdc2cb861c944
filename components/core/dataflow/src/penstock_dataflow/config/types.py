"""A dataflow configuration, checked: frozen values that the graph is built from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any  # Any: the config of a node or an extension belongs to its component

from penstock_api.yaml import Document, Path
from penstock_dataflow.config.engine import EngineSettings
from penstock_dataflow.config.families import Policies
from penstock_dataflow.config.resources import MemoryLimiter, Workers
from penstock_dataflow.config.topic_policies import TopicPolicies
from penstock_dataflow.urn import ExtensionUrn, NodeUrn
from penstock_engine.extensions import Binding

__all__ = (
    "Connection",
    "DataflowConfig",
    "Dispatch",
    "ExtensionConfig",
    "GroupConfig",
    "NodeConfig",
    "PipelineConfig",
    "Port",
    "Scope",
    "TopicConfig",
)


class Dispatch(StrEnum):
    """Which of several destinations get a batch."""

    ONE_OF = "one_of"
    BROADCAST = "broadcast"


class Scope(StrEnum):
    """Where something is declared: how many share it, and how long it lives."""

    ENGINE = "engine"
    GROUP = "group"
    PIPELINE = "pipeline"


@dataclass(frozen=True, slots=True)
class Port:
    """One output of one node."""

    node: str
    port: str

    def __str__(self) -> str:
        return f'{self.node}["{self.port}"]'


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionConfig:
    """One entry of `extensions`. `config` is not yet decoded; `path` leads to the entry.

    Two views on the same entry are equal, and `path` tells instances of one id apart.
    """

    id: str
    urn: ExtensionUrn
    scope: Scope
    path: Path
    description: str = ""
    config: Any = field(default=None, repr=False)  # Any: as above; it may hold secrets

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"extension {self.id} ({self.urn.short})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicConfig:
    """One entry of `topics`. `key` tells it from topics of the same name in other groups."""

    name: str
    scope: Scope
    key: str
    path: Path
    description: str = ""
    policies: TopicPolicies = field(default_factory=TopicPolicies)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """One entry of `nodes`. `config` is not yet decoded; `path` leads to the entry.

    `capabilities` is what is bound to it; its config may name more extensions.
    """

    id: str
    urn: NodeUrn
    path: Path
    description: str = ""
    config: Any = field(default=None, repr=False)  # Any: as above; it may hold secrets
    outputs: tuple[str, ...] = ()
    default_output: str | None = None
    capabilities: tuple[Binding, ...] = ()
    item_counts: bool = False

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"node {self.id} ({self.urn.short})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One entry of `connections`: each of `sources` sends to `targets`.

    An output that stands in several connections sends each batch into each of them.
    """

    sources: tuple[Port, ...]
    targets: tuple[str, ...]
    path: Path
    dispatch: Dispatch = Dispatch.ONE_OF


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineConfig:
    """One pipeline. Only connected nodes are in `nodes` and `connections`; the others are `unconnected`.

    `default_ports` has, for every node that sends, the port to which it sends what it addresses to none;
    a node with several outputs and no default is not in it. `extensions` and `topics` are all that
    the pipeline sees, by id: the nearest declaration hides those of the same id farther out.
    """

    group: str
    name: str
    path: Path
    nodes: Mapping[str, NodeConfig] = field(default_factory=dict)
    connections: tuple[Connection, ...] = ()
    default_ports: Mapping[str, str] = field(default_factory=dict)
    unconnected: Mapping[str, NodeConfig] = field(default_factory=dict)
    extensions: Mapping[str, ExtensionConfig] = field(default_factory=dict)
    topics: Mapping[str, TopicConfig] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    workers: Workers = field(default_factory=Workers)

    @property
    def capacity(self) -> int:
        """Batches that may wait in front of a node."""
        return self.policies.channel_capacity.pdata

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupConfig:
    """One group: what it declares itself, and the names of its pipelines, sorted."""

    id: str
    path: Path
    pipelines: tuple[str, ...] = ()
    extensions: Mapping[str, ExtensionConfig] = field(default_factory=dict)
    topics: Mapping[str, TopicConfig] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataflowConfig:
    """A whole configuration; pipelines in the order of group and name.

    `extensions` and `topics` are those declared at the top. `document` is what was read, variables
    filled in; it knows where each value stood.
    """

    pipelines: tuple[PipelineConfig, ...]
    document: Document = field(repr=False)
    groups: Mapping[str, GroupConfig] = field(default_factory=dict)
    extensions: Mapping[str, ExtensionConfig] = field(default_factory=dict)
    topics: Mapping[str, TopicConfig] = field(default_factory=dict)
    engine: EngineSettings = field(default_factory=EngineSettings)
    memory_limiter: MemoryLimiter | None = None
