"""`otel_dataflow/v1`, read strictly: all mistakes of a file in one report, each with its line."""

from penstock_dataflow.config.engine import EngineSettings, HttpAdmin
from penstock_dataflow.config.families import (
    ChannelCapacity,
    Health,
    MetricsLevel,
    Phase,
    Policies,
    Quorum,
    RuntimeRecovery,
    Telemetry,
)
from penstock_dataflow.config.load import VERSION, load, read
from penstock_dataflow.config.reader import Reader, nearest
from penstock_dataflow.config.resources import Backend, MemoryLimiter, Workers
from penstock_dataflow.config.sources import Source, Text, source
from penstock_dataflow.config.topic_policies import (
    AckPropagation,
    BalancedTopic,
    BroadcastTopic,
    TopicPolicies,
)
from penstock_dataflow.config.topics import topic_of
from penstock_dataflow.config.types import (
    Connection,
    DataflowConfig,
    Dispatch,
    ExtensionConfig,
    GroupConfig,
    NodeConfig,
    PipelineConfig,
    Port,
    Scope,
    TopicConfig,
)
from penstock_dataflow.config.wiring import connected_ports

__all__ = (
    "VERSION",
    "AckPropagation",
    "Backend",
    "BalancedTopic",
    "BroadcastTopic",
    "ChannelCapacity",
    "Connection",
    "DataflowConfig",
    "Dispatch",
    "EngineSettings",
    "ExtensionConfig",
    "GroupConfig",
    "Health",
    "HttpAdmin",
    "MemoryLimiter",
    "MetricsLevel",
    "NodeConfig",
    "Phase",
    "PipelineConfig",
    "Policies",
    "Port",
    "Quorum",
    "Reader",
    "RuntimeRecovery",
    "Scope",
    "Source",
    "Telemetry",
    "Text",
    "TopicConfig",
    "TopicPolicies",
    "Workers",
    "connected_ports",
    "load",
    "nearest",
    "read",
    "source",
    "topic_of",
)
