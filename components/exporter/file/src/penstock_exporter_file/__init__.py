"""Writes telemetry to files, as OTLP/JSON lines or length-prefixed protobuf, with rotation."""

from penstock_exporter_file.config import FileConfig
from penstock_exporter_file.factory import factory

__all__ = ("FileConfig", "factory")
