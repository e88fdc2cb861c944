"""The exporter and its factory."""

from typing import Literal

from penstock_api import (
    AnyBatch,
    Config,
    ExporterFactory,
    PermanentError,
    RetryableError,
    Settings,
    Stability,
)

__all__ = ("ErrorConfig", "factory")


class ErrorConfig(Config):
    """What the user writes under `exporters.error`."""

    message: str = "refused by the error exporter"
    """What the refusal says."""

    kind: Literal["retryable", "permanent"] = "permanent"
    """`retryable` invites the sender to offer the batch again, `permanent` does not."""


class _ErrorExporter:
    """Needs neither `start` nor `shutdown`."""

    def __init__(self, _settings: Settings, config: ErrorConfig) -> None:
        self._error = RetryableError if config.kind == "retryable" else PermanentError
        self._message = config.message

    async def consume(self, _batch: AnyBatch, /) -> None:
        """Raise what the config says."""
        raise self._error(self._message)


factory = ExporterFactory(
    kind="error",
    config=ErrorConfig,
    create_traces=_ErrorExporter,
    create_metrics=_ErrorExporter,
    create_logs=_ErrorExporter,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
