"""The collector's own telemetry: the server of its metrics page, and its log."""

from penstock_collector.telemetry.logs import configure_logs
from penstock_collector.telemetry.server import metrics_servers, resource_of

__all__ = ("configure_logs", "metrics_servers", "resource_of")
