"""What the buffer counts, and what it holds."""

from enum import StrEnum
from typing import Final

from penstock_api import Settings, Signal
from penstock_processor_durable_buffer.store import Stored

__all__ = ("Counts", "Loss")

_PREFIX: Final = "otelcol_processor_durable_buffer"


class Loss(StrEnum):
    """Why items that were accepted are lost."""

    SIZE = "size"
    AGE = "age"
    REFUSED = "refused"
    CORRUPT = "corrupt"


class Counts:
    """The instruments of one buffer."""

    def __init__(self, settings: Settings, signal: Signal) -> None:
        self.items = 0
        self.size = 0
        self._log = settings.log
        labels = {"processor": str(settings.id), "signal": signal.value}
        meter = settings.meter
        meter.gauge(f"{_PREFIX}_stored_items", lambda: self.items, unit="{items}", **labels)
        meter.gauge(f"{_PREFIX}_stored_size", lambda: self.size, unit="By", **labels)
        self.retries = meter.counter(f"{_PREFIX}_retries", unit="{batches}", **labels)
        self._lost = {
            loss: meter.counter(f"{_PREFIX}_dropped_items", unit="{items}", reason=loss.value, **labels)
            for loss in Loss
        }

    def stored(self, one: Stored) -> None:
        """It is on the disk."""
        self.items += one.items
        self.size += one.size

    def removed(self, one: Stored) -> None:
        """It is held no more."""
        self.items -= one.items
        self.size -= one.size

    def lost(self, loss: Loss, items: int, error: str = "") -> None:
        """Items that nobody gets."""
        self._lost[loss].add(items)
        fields = {"reason": loss.value, "error": error, "dropped_items": items}
        self._log.warning("durable buffer dropped telemetry", extra=fields)
