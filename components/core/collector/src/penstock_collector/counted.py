"""Counts what a plain exporter sent and failed to send."""

from penstock_api import AnyBatch, ConsumeError, Consumer, PartialError, Settings, Signal

__all__ = ("Counted",)


class Counted:
    """Stands before an exporter that has no helper of its own; the caller gets its outcome unchanged."""

    def __init__(self, settings: Settings, signal: Signal, exporter: Consumer[AnyBatch]) -> None:
        name, meter = str(settings.id), settings.meter
        self._consume = exporter.consume
        self._sent = meter.counter(f"otelcol_exporter_sent_{signal.items}", exporter=name).add
        self._failed = meter.counter(f"otelcol_exporter_send_failed_{signal.items}", exporter=name).add

    async def consume(self, batch: AnyBatch, /) -> None:
        """Hand on and count."""
        items = len(batch)
        try:
            await self._consume(batch)
        except PartialError as error:
            self._failed(error.rejected)
            self._sent(items - error.rejected)
            raise
        except ConsumeError:
            self._failed(items)
            raise
        self._sent(items)
