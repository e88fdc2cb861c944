"""A service's own metrics: instruments, the registry that reads them, their Prometheus page."""

from penstock_engine.metrics.process import observe_process
from penstock_engine.metrics.prometheus import metrics_page
from penstock_engine.metrics.registry import Registry, labels
from penstock_engine.metrics.scope import GaugePool, MeterScope

__all__ = ("GaugePool", "MeterScope", "Registry", "labels", "metrics_page", "observe_process")
