"""Batches as text for people. The format may change at any time."""

from collections.abc import Callable, Iterator
from typing import Final

from penstock_api import AnyBatch, Signal
from penstock_exporter_debug.text import detailed_logs, detailed_metrics, detailed_traces, normal

__all__ = ("render",)

_DETAILED: Final[dict[Signal, Callable[..., Iterator[str]]]] = {
    Signal.TRACES: detailed_traces.lines,
    Signal.METRICS: detailed_metrics.lines,
    Signal.LOGS: detailed_logs.lines,
}
_NORMAL: Final[dict[Signal, Callable[..., Iterator[str]]]] = {
    Signal.TRACES: normal.trace_lines,
    Signal.METRICS: normal.metric_lines,
    Signal.LOGS: normal.log_lines,
}


def render(batch: AnyBatch, *, detailed: bool) -> str:
    """`batch` in full, or with about a line for each item. Raises `MalformedError`."""
    write = (_DETAILED if detailed else _NORMAL)[batch.signal]
    return "\n".join(write(batch.message()))
