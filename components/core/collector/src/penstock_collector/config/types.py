"""The whole configuration of a collector, decoded and checked: frozen values that the graph is built from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar  # Any: factories are invariant in their config type

from penstock_api import (
    ComponentId,
    Config,
    ConnectorFactory,
    ExporterFactory,
    ExtensionFactory,
    PipelineId,
    ProcessorFactory,
    ReceiverFactory,
    Registered,
    RouterFactory,
)
from penstock_collector.config.telemetry import TelemetryConfig

__all__ = ("CollectorConfig", "Configured", "PipelineConfig", "ServiceConfig")

F_co = TypeVar("F_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured(Generic[F_co]):
    """One component of the file: the factory its type names, its typed config, and its `file:line`."""

    factory: Registered[F_co]
    config: Config
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineConfig:
    """One pipeline, ids in the order written."""

    receivers: tuple[ComponentId, ...] = ()
    processors: tuple[ComponentId, ...] = ()
    exporters: tuple[ComponentId, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConfig:
    """The `service` section."""

    extensions: tuple[ComponentId, ...] = ()
    pipelines: Mapping[PipelineId, PipelineConfig] = field(default_factory=dict)
    telemetry: TelemetryConfig = field(default_factory=TelemetryConfig)


# Any: factories are invariant in their config type.
_Receivers: TypeAlias = Mapping[ComponentId, Configured[ReceiverFactory[Any]]]
_Processors: TypeAlias = Mapping[ComponentId, Configured[ProcessorFactory[Any] | RouterFactory[Any]]]
_Exporters: TypeAlias = Mapping[ComponentId, Configured[ExporterFactory[Any]]]
_Connectors: TypeAlias = Mapping[ComponentId, Configured[ConnectorFactory[Any]]]
_Extensions: TypeAlias = Mapping[ComponentId, Configured[ExtensionFactory[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorConfig:
    """Everything the user wrote, in file order. Unused components are here too; they are never built.

    Every id that `service` names is a key of the mapping it belongs to: a connector where a pipeline names it
    as receiver or exporter.
    """

    receivers: _Receivers = field(default_factory=dict)
    processors: _Processors = field(default_factory=dict)
    exporters: _Exporters = field(default_factory=dict)
    connectors: _Connectors = field(default_factory=dict)
    extensions: _Extensions = field(default_factory=dict)
    service: ServiceConfig = field(default_factory=ServiceConfig)
