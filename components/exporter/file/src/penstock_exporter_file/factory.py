"""The factory of the file exporter: all signals of one component id write to the same file."""

from penstock_api import ExporterFactory, Settings, Stability
from penstock_exporter_file.config import FileConfig
from penstock_exporter_file.exporter import FileExporter

__all__ = ("factory",)


def _create(settings: Settings, config: FileConfig) -> FileExporter:
    return settings.share(lambda: FileExporter(settings, config))


factory = ExporterFactory(
    kind="file",
    config=FileConfig,
    create_traces=_create,
    create_metrics=_create,
    create_logs=_create,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
