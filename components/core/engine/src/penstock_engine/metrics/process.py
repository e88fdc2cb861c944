"""What the process itself costs: CPU, memory, uptime."""

import os
import time
from pathlib import Path

from penstock_api import Meter

__all__ = ("observe_process",)


def observe_process(meter: Meter) -> None:
    """Register the `otelcol_process_*` gauges."""
    started = time.monotonic()
    meter.gauge("otelcol_process_uptime", lambda: time.monotonic() - started, unit="s")
    meter.gauge("otelcol_process_cpu_seconds", time.process_time, unit="s")
    meter.gauge("otelcol_process_memory_rss", _resident, unit="By")


def _resident() -> float:
    """Bytes in memory now: exact on Linux, elsewhere the most there ever were."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return float(int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    import resource  # noqa: PLC0415 - Unix only

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
