"""Turns the service's own metrics and logs into OTLP."""

from penstock_receiver_internal_telemetry.config import (
    InternalTelemetryConfig,
    LogsConfig,
    MetricsConfig,
    Selector,
    Stream,
    ViewConfig,
)
from penstock_receiver_internal_telemetry.factory import factory

__all__ = (
    "InternalTelemetryConfig",
    "LogsConfig",
    "MetricsConfig",
    "Selector",
    "Stream",
    "ViewConfig",
    "factory",
)
