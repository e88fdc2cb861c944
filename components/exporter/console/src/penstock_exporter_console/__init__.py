"""Writes telemetry to standard output, as OTLP/JSON."""

from penstock_exporter_console.factory import ConsoleConfig, factory

__all__ = ("ConsoleConfig", "factory")
