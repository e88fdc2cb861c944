"""Everything a Penstock component may import."""

from penstock_api.batch import AnyBatch, Batch, Logs, Metrics, Traces, batch_type
from penstock_api.client import NO_CLIENT, Client
from penstock_api.clock import Clock, Deadline, Timer
from penstock_api.components import Components, Registered
from penstock_api.config import Config, Duration, Expanded, Headers, Secret, Section, decode
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
from penstock_api.extension import Background, Bundle
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
)
from penstock_api.host import Host, PipelineView
from penstock_api.ids import ComponentId, Kind, PipelineId
from penstock_api.lifecycle import Shutdown, Start
from penstock_api.settings import BuildInfo, ExtensionSettings, Report, Settings, Share
from penstock_api.signal import Signal
from penstock_api.status import Status, StatusEvent
from penstock_api.tasks import Tasks
from penstock_api.telemetry import Counter, Histogram, Meter

__all__ = (
    "NO_CLIENT",
    "AnyBatch",
    "Background",
    "Batch",
    "BuildInfo",
    "Bundle",
    "Client",
    "Clock",
    "ComponentId",
    "Components",
    "Config",
    "ConfigError",
    "ConnectorFactory",
    "ConsumeError",
    "Consumer",
    "Counter",
    "Deadline",
    "Duration",
    "Expanded",
    "ExporterFactory",
    "ExtensionFactory",
    "ExtensionSettings",
    "Headers",
    "Histogram",
    "Host",
    "Kind",
    "Logs",
    "MalformedError",
    "Meter",
    "Metrics",
    "PartialError",
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
    "Registered",
    "Report",
    "Retrieved",
    "RetryableError",
    "Secret",
    "Section",
    "Settings",
    "Share",
    "Shutdown",
    "Signal",
    "Stability",
    "Start",
    "StartError",
    "Status",
    "StatusEvent",
    "Tasks",
    "Timer",
    "Traces",
    "batch_type",
    "decode",
)
