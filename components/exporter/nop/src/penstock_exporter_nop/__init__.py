"""Accepts everything and sends it nowhere."""

from penstock_exporter_nop.factory import NopExporterConfig, factory

__all__ = ("NopExporterConfig", "factory")
