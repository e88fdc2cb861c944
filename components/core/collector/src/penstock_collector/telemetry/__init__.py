"""The collector's own telemetry: instruments, their Prometheus page, and logs."""

from penstock_collector.telemetry.logs import configure_logs
from penstock_collector.telemetry.meter import Registry
from penstock_collector.telemetry.prometheus import metrics_page

__all__ = ("Registry", "configure_logs", "metrics_page")
