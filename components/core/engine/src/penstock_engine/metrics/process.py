"""What the process itself costs: CPU, memory, uptime."""

import time

from penstock_api import Meter
from penstock_api.memory import resident

__all__ = ("observe_process",)


def observe_process(meter: Meter) -> None:
    """Register the `otelcol_process_*` gauges."""
    started = time.monotonic()
    meter.gauge("otelcol_process_uptime", lambda: time.monotonic() - started, unit="s")
    meter.gauge("otelcol_process_cpu_seconds", time.process_time, unit="s")
    meter.gauge("otelcol_process_memory_rss", resident, unit="By")
