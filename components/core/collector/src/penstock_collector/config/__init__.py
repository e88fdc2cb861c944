"""The typed configuration of a collector."""

from penstock_collector.config.telemetry import (
    LogsTelemetry,
    MetricLevel,
    MetricReader,
    MetricsTelemetry,
    PrometheusExporter,
    TelemetryConfig,
)
from penstock_collector.config.types import CollectorConfig, Configured, PipelineConfig, ServiceConfig

__all__ = (
    "CollectorConfig",
    "Configured",
    "LogsTelemetry",
    "MetricLevel",
    "MetricReader",
    "MetricsTelemetry",
    "PipelineConfig",
    "PrometheusExporter",
    "ServiceConfig",
    "TelemetryConfig",
)
