"""The exporter and its factory."""

import json
import sys
from typing import Final, Literal

from penstock_api import (
    AnyBatch,
    Config,
    ExporterFactory,
    MalformedError,
    PartialError,
    RetryableError,
    Settings,
    Stability,
)

__all__ = ("ConsoleConfig", "factory")

_CONTROLS: Final = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
"""What JSON leaves as it is and a terminal may obey."""


class ConsoleConfig(Config):
    """What the user writes under `exporters.console`."""

    format: Literal["pretty", "json"] = "pretty"
    """`json` writes each batch as one line of OTLP/JSON, `pretty` over several lines, indented."""


class _ConsoleExporter:
    """Needs neither `start` nor `shutdown`: what it writes is flushed at once."""

    def __init__(self, _settings: Settings, config: ConsoleConfig) -> None:
        self._pretty = config.format == "pretty"

    async def consume(self, batch: AnyBatch, /) -> None:
        """Write `batch`. Raises `MalformedError`; `PartialError` when all but broken items was written."""
        try:
            self._write(batch)
        except MalformedError as error:
            readable, broken = batch.readable()
            if not len(readable):
                raise
            self._write(readable)
            raise PartialError(str(error), rejected=broken) from error

    def _write(self, batch: AnyBatch) -> None:
        text = batch.to_json().decode()
        if self._pretty:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        stream = sys.stdout  # looked up every time: a test or a daemon may replace it
        try:
            stream.write(f"{text.translate(_CONTROLS)}\n")
            stream.flush()
        except (OSError, ValueError) as error:
            raise RetryableError(f"cannot write to standard output: {error}") from error


factory = ExporterFactory(
    kind="console",
    config=ConsoleConfig,
    create_traces=_ConsoleExporter,
    create_metrics=_ConsoleExporter,
    create_logs=_ConsoleExporter,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
