"""The exporter and its factory."""

from penstock_api import AnyBatch, Config, ExporterFactory, Settings, Stability

__all__ = ("NopExporterConfig", "factory")


class NopExporterConfig(Config):
    """There is nothing to configure."""


class _NopExporter:
    """Needs neither `start` nor `shutdown`."""

    def __init__(self, _settings: Settings, _config: NopExporterConfig) -> None:
        pass

    async def consume(self, _batch: AnyBatch, /) -> None:
        """Accept the batch and forget it."""


factory = ExporterFactory(
    kind="nop",
    config=NopExporterConfig,
    create_traces=_NopExporter,
    create_metrics=_NopExporter,
    create_logs=_NopExporter,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
    aliases=("noop",),
)
