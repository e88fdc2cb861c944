"""Everything a Penstock component may import.

A name is loaded from its module when it is first asked for, so that a command which only tells its version
does not wait for the rest. The imports below are for type checkers; a test compares them with `_MODULES`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock_api.auth import AuthHeaders, ClientAuth, DeniedError, Identity, ServerAuth
    from penstock_api.batch import AnyBatch, Batch, Logs, Metrics, Traces, batch_type
    from penstock_api.buildinfo import BuildInfo
    from penstock_api.capability import Capabilities, CapabilityKey
    from penstock_api.client import NO_CLIENT, Client
    from penstock_api.clock import Clock, Deadline, Timer, within
    from penstock_api.components import Components, Registered
    from penstock_api.config import (
        ClientPems,
        CompressionParams,
        Config,
        CookiesConfig,
        CorsConfig,
        Duration,
        Expanded,
        GrpcClientConfig,
        GrpcEnforcementPolicy,
        GrpcKeepaliveClient,
        GrpcKeepaliveServer,
        GrpcServerConfig,
        GrpcServerParameters,
        Headers,
        HttpClientConfig,
        HttpServerConfig,
        Secret,
        Section,
        ServerPems,
        TlsClientConfig,
        TlsServerConfig,
        check_url,
        decode,
        split_endpoint,
    )
    from penstock_api.consumer import Consumer
    from penstock_api.errors import (
        ConfigError,
        ConsumeError,
        MalformedError,
        PartialError,
        PenstockError,
        PermanentError,
        Problem,
        RetryableError,
        StartError,
    )
    from penstock_api.extension import (
        Active,
        Background,
        Bundle,
        Cloned,
        Constructed,
        Control,
        ControlClosedError,
        Lifecycle,
        Offer,
        Passive,
        Reconfigure,
        Run,
        Stop,
    )
    from penstock_api.factory import (
        ConnectorFactory,
        ExporterFactory,
        ExtensionFactory,
        ProcessorFactory,
        Provider,
        ProviderFactory,
        ProviderSettings,
        ReceiverFactory,
        Retrieved,
        Stability,
        TelemetryFactory,
    )
    from penstock_api.host import FeatureGateView, HasFeatureGates, Host, PipelineView
    from penstock_api.ids import ComponentId, Kind, PipelineId
    from penstock_api.lifecycle import Drain, Shutdown, Start
    from penstock_api.outputs import Outputs, RouterFactory
    from penstock_api.own import OwnTelemetry, Series, SeriesKind
    from penstock_api.settings import ExtensionSettings, Report, Settings, Share
    from penstock_api.signal import Signal
    from penstock_api.status import Status, StatusEvent
    from penstock_api.tasks import Tasks
    from penstock_api.telemetry import Counter, Histogram, Meter
    from penstock_api.topics import OnFull, Subscription, SubscriptionMode, Topics

__all__ = (
    "NO_CLIENT",
    "Active",
    "AnyBatch",
    "AuthHeaders",
    "Background",
    "Batch",
    "BuildInfo",
    "Bundle",
    "Capabilities",
    "CapabilityKey",
    "Client",
    "ClientAuth",
    "ClientPems",
    "Clock",
    "Cloned",
    "ComponentId",
    "Components",
    "CompressionParams",
    "Config",
    "ConfigError",
    "ConnectorFactory",
    "Constructed",
    "ConsumeError",
    "Consumer",
    "Control",
    "ControlClosedError",
    "CookiesConfig",
    "CorsConfig",
    "Counter",
    "Deadline",
    "DeniedError",
    "Drain",
    "Duration",
    "Expanded",
    "ExporterFactory",
    "ExtensionFactory",
    "ExtensionSettings",
    "FeatureGateView",
    "GrpcClientConfig",
    "GrpcEnforcementPolicy",
    "GrpcKeepaliveClient",
    "GrpcKeepaliveServer",
    "GrpcServerConfig",
    "GrpcServerParameters",
    "HasFeatureGates",
    "Headers",
    "Histogram",
    "Host",
    "HttpClientConfig",
    "HttpServerConfig",
    "Identity",
    "Kind",
    "Lifecycle",
    "Logs",
    "MalformedError",
    "Meter",
    "Metrics",
    "Offer",
    "OnFull",
    "Outputs",
    "OwnTelemetry",
    "PartialError",
    "Passive",
    "PenstockError",
    "PermanentError",
    "PipelineId",
    "PipelineView",
    "Problem",
    "ProcessorFactory",
    "Provider",
    "ProviderFactory",
    "ProviderSettings",
    "ReceiverFactory",
    "Reconfigure",
    "Registered",
    "Report",
    "Retrieved",
    "RetryableError",
    "RouterFactory",
    "Run",
    "Secret",
    "Section",
    "Series",
    "SeriesKind",
    "ServerAuth",
    "ServerPems",
    "Settings",
    "Share",
    "Shutdown",
    "Signal",
    "Stability",
    "Start",
    "StartError",
    "Status",
    "StatusEvent",
    "Stop",
    "Subscription",
    "SubscriptionMode",
    "Tasks",
    "TelemetryFactory",
    "Timer",
    "TlsClientConfig",
    "TlsServerConfig",
    "Topics",
    "Traces",
    "batch_type",
    "check_url",
    "decode",
    "split_endpoint",
    "within",
)

_MODULES = {
    "auth": ("AuthHeaders", "ClientAuth", "DeniedError", "Identity", "ServerAuth"),
    "batch": ("AnyBatch", "Batch", "Logs", "Metrics", "Traces", "batch_type"),
    "buildinfo": ("BuildInfo",),
    "capability": ("Capabilities", "CapabilityKey"),
    "client": ("NO_CLIENT", "Client"),
    "clock": ("Clock", "Deadline", "Timer", "within"),
    "components": ("Components", "Registered"),
    "config": (
        "ClientPems",
        "CompressionParams",
        "Config",
        "CookiesConfig",
        "CorsConfig",
        "Duration",
        "Expanded",
        "GrpcClientConfig",
        "GrpcEnforcementPolicy",
        "GrpcKeepaliveClient",
        "GrpcKeepaliveServer",
        "GrpcServerConfig",
        "GrpcServerParameters",
        "Headers",
        "HttpClientConfig",
        "HttpServerConfig",
        "Secret",
        "Section",
        "ServerPems",
        "TlsClientConfig",
        "TlsServerConfig",
        "check_url",
        "decode",
        "split_endpoint",
    ),
    "consumer": ("Consumer",),
    "errors": (
        "ConfigError",
        "ConsumeError",
        "MalformedError",
        "PartialError",
        "PenstockError",
        "PermanentError",
        "Problem",
        "RetryableError",
        "StartError",
    ),
    "extension": (
        "Active",
        "Background",
        "Bundle",
        "Cloned",
        "Constructed",
        "Control",
        "ControlClosedError",
        "Lifecycle",
        "Offer",
        "Passive",
        "Reconfigure",
        "Run",
        "Stop",
    ),
    "factory": (
        "ConnectorFactory",
        "ExporterFactory",
        "ExtensionFactory",
        "ProcessorFactory",
        "Provider",
        "ProviderFactory",
        "ProviderSettings",
        "ReceiverFactory",
        "Retrieved",
        "Stability",
        "TelemetryFactory",
    ),
    "host": ("FeatureGateView", "HasFeatureGates", "Host", "PipelineView"),
    "ids": ("ComponentId", "Kind", "PipelineId"),
    "lifecycle": ("Drain", "Shutdown", "Start"),
    "outputs": ("Outputs", "RouterFactory"),
    "own": ("OwnTelemetry", "Series", "SeriesKind"),
    "settings": ("ExtensionSettings", "Report", "Settings", "Share"),
    "signal": ("Signal",),
    "status": ("Status", "StatusEvent"),
    "tasks": ("Tasks",),
    "telemetry": ("Counter", "Histogram", "Meter"),
    "topics": ("OnFull", "Subscription", "SubscriptionMode", "Topics"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load one of `__all__`; it is found without this function from then on."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
