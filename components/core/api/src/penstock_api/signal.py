"""The three signals, and the words that each of them uses."""

from enum import StrEnum

__all__ = ("Signal",)


class Signal(StrEnum):
    """A kind of telemetry; the value is the word used in pipeline ids and URL paths."""

    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"

    @property
    def items(self) -> str:
        """What one item is called in metric names: `otelcol_receiver_accepted_<items>`."""
        return _ITEMS[self]


_ITEMS = {Signal.TRACES: "spans", Signal.METRICS: "metric_points", Signal.LOGS: "log_records"}
