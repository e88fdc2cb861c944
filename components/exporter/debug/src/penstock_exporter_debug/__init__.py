"""Shows telemetry to a person: in the log, on a terminal or in a text file."""

from penstock_exporter_debug.config import DebugConfig
from penstock_exporter_debug.factory import factory

__all__ = ("DebugConfig", "factory")
