"""The factory of the debug exporter."""

from penstock_api import ExporterFactory, Stability
from penstock_exporter_debug.config import DebugConfig
from penstock_exporter_debug.exporter import DebugExporter

__all__ = ("factory",)

factory = ExporterFactory(
    kind="debug",
    config=DebugConfig,
    create_traces=DebugExporter,
    create_metrics=DebugExporter,
    create_logs=DebugExporter,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
