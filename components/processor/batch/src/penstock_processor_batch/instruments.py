"""What the processor counts about itself."""

from typing import Final

from penstock_api import Counter, Histogram, Settings, Signal

__all__ = ("Instruments",)

_PREFIX: Final = "otelcol_processor_batch"
_ITEMS: Final = (
    *(10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_000, 3_000, 4_000, 5_000),
    *(6_000, 7_000, 8_000, 9_000, 10_000, 20_000, 30_000, 50_000, 100_000),
)
_BYTES: Final = (
    *(10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000),
    *(10_000, 20_000, 30_000, 50_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000),
    *(800_000, 900_000, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 6_000_000, 7_000_000),
    *(8_000_000, 9_000_000),
)


class Instruments:
    """Shared by all partitions of one processor."""

    __slots__ = ("by_size", "by_timeout", "dropped", "size_bytes", "size_items")

    def __init__(self, settings: Settings, signal: Signal) -> None:
        meter, own = settings.meter, str(settings.id)
        self.size_items: Histogram = meter.histogram(
            f"{_PREFIX}_batch_send_size", bounds=_ITEMS, unit="{units}", processor=own
        )
        self.size_bytes: Histogram = meter.histogram(
            f"{_PREFIX}_batch_send_size_bytes", bounds=_BYTES, unit="By", processor=own
        )
        self.by_size: Counter = meter.counter(
            f"{_PREFIX}_batch_size_trigger_send", unit="{times}", processor=own
        )
        self.by_timeout: Counter = meter.counter(
            f"{_PREFIX}_timeout_trigger_send", unit="{times}", processor=own
        )
        self.dropped: Counter = meter.counter(
            f"{_PREFIX}_dropped_{signal.items}", unit=f"{{{signal.items}}}", processor=own
        )
