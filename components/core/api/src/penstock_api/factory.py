"""Factories are values: the presence of a function is the capability to handle that signal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar  # Any: keys of any contract

from penstock_api.batch import AnyBatch, Logs, Metrics, Traces
from penstock_api.capability.key import CapabilityKey
from penstock_api.config import Config
from penstock_api.consumer import Consumer
from penstock_api.extension import Bundle
from penstock_api.settings import ExtensionSettings, Settings
from penstock_api.signal import Signal

__all__ = (
    "ConnectorFactory",
    "CreateExporter",
    "CreateProcessor",
    "CreateReceiver",
    "ExporterFactory",
    "ExtensionFactory",
    "ProcessorFactory",
    "Provider",
    "ProviderFactory",
    "ProviderSettings",
    "ReceiverFactory",
    "Retrieved",
    "Stabilities",
    "Stability",
    "TelemetryFactory",
    "Warn",
)


class Stability(StrEnum):
    """How much a user may rely on a component, per signal."""

    DEVELOPMENT = "development"
    ALPHA = "alpha"
    BETA = "beta"
    STABLE = "stable"
    DEPRECATED = "deprecated"


C = TypeVar("C", bound=Config)
B = TypeVar("B", bound=AnyBatch)

CreateReceiver = Callable[[Settings, C, Consumer[B]], object]
CreateProcessor = Callable[[Settings, C, Consumer[B]], Consumer[B]]
CreateExporter = Callable[[Settings, C], Consumer[B]]
Stabilities = Mapping[str, Stability]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverFactory(Generic[C]):
    """Makes receivers: each pushes what it receives into the consumer that it is given.

    Called once per signal and component id. The object may have `start` and `shutdown` (`lifecycle`).
    """

    kind: str
    config: type[C]
    create_traces: CreateReceiver[C, Traces] | None = None
    create_metrics: CreateReceiver[C, Metrics] | None = None
    create_logs: CreateReceiver[C, Logs] | None = None
    stability: Stabilities = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorFactory(Generic[C]):
    """Makes processors: consumers that pass on to a consumer. Called once per pipeline and component id.

    `mutates_data` promises that the processor calls `Batch.edit`; without it `edit` may be refused.
    """

    kind: str
    config: type[C]
    create_traces: CreateProcessor[C, Traces] | None = None
    create_metrics: CreateProcessor[C, Metrics] | None = None
    create_logs: CreateProcessor[C, Logs] | None = None
    mutates_data: bool = False
    stability: Stabilities = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExporterFactory(Generic[C]):
    """Makes exporters: consumers that pass on to the outside. Called once per signal and component id."""

    kind: str
    config: type[C]
    create_traces: CreateExporter[C, Traces] | None = None
    create_metrics: CreateExporter[C, Metrics] | None = None
    create_logs: CreateExporter[C, Logs] | None = None
    mutates_data: bool = False
    stability: Stabilities = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorFactory(Generic[C]):
    """Makes connectors: an exporter of one pipeline and a receiver of others, for pairs of signals.

    Called once per pair of signals and component id, with one consumer for all pipelines behind it.
    """

    kind: str
    config: type[C]
    traces_to_traces: Callable[[Settings, C, Consumer[Traces]], Consumer[Traces]] | None = None
    traces_to_metrics: Callable[[Settings, C, Consumer[Metrics]], Consumer[Traces]] | None = None
    traces_to_logs: Callable[[Settings, C, Consumer[Logs]], Consumer[Traces]] | None = None
    metrics_to_traces: Callable[[Settings, C, Consumer[Traces]], Consumer[Metrics]] | None = None
    metrics_to_metrics: Callable[[Settings, C, Consumer[Metrics]], Consumer[Metrics]] | None = None
    metrics_to_logs: Callable[[Settings, C, Consumer[Logs]], Consumer[Metrics]] | None = None
    logs_to_traces: Callable[[Settings, C, Consumer[Traces]], Consumer[Logs]] | None = None
    logs_to_metrics: Callable[[Settings, C, Consumer[Metrics]], Consumer[Logs]] | None = None
    logs_to_logs: Callable[[Settings, C, Consumer[Logs]], Consumer[Logs]] | None = None
    mutates_data: bool = False
    stability: Stabilities = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    def pairs(self) -> tuple[tuple[Signal, Signal], ...]:
        """The (from, to) signals that this connector joins."""
        every = ((one, two) for one in Signal for two in Signal)
        return tuple(pair for pair in every if getattr(self, f"{pair[0]}_to_{pair[1]}") is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionFactory(Generic[C]):
    """Makes extensions: long-lived parts of the service through which no telemetry flows.

    `capabilities` are what its bundles may offer: a bundle that offers others is refused. When that depends
    on the config, `offers` says for one config what it will be, so that a wrong binding is found before
    anything is created.
    """

    kind: str
    config: type[C]
    create: Callable[[ExtensionSettings, C], Bundle]
    capabilities: tuple[CapabilityKey[Any], ...] = ()  # Any: offers of any contract
    offers: Callable[[C], tuple[CapabilityKey[Any], ...]] | None = None  # Any: as above
    stability: Stabilities = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    def offered(self, config: C) -> tuple[CapabilityKey[Any], ...]:  # Any: as above
        """What a bundle of `config` offers, as far as that is known before one is made."""
        return self.capabilities if self.offers is None else self.offers(config)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What a provider found: YAML, or any text that a string option takes verbatim; None is null."""

    text: str | None


class Warn(Protocol):
    """Tells the user of something odd, before logging is configured."""

    def __call__(self, message: str, /) -> None:
        """Say `message`."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Given to a provider at creation."""

    warn: Warn


class Provider(Protocol):
    """Reads configuration from one kind of place."""

    def retrieve(self, opaque: str, /) -> Retrieved:
        """Read what stands at `opaque`, the part of the location after `scheme:`. Raises `ConfigError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFactory:
    """Makes the provider for `${scheme:...}` and for `--config scheme:...`."""

    kind: str
    create: Callable[[ProviderSettings], Provider]
    stability: Stabilities = field(default_factory=dict)

    @property
    def scheme(self) -> str:
        """The scheme that it serves: its kind."""
        return self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryFactory:
    """Makes what passes the collector's own telemetry on, for as long as the service runs.

    A distribution has it when its manifest says `telemetry`; no configuration names it. It starts before
    everything else and stops after, and what there is to tell is in `settings.own`.
    """

    kind: str
    create: Callable[[Settings], object]
    stability: Stabilities = field(default_factory=dict)
