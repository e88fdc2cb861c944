"""The factory of the receiver."""

from penstock_api import Consumer, Logs, Metrics, ReceiverFactory, Settings, Stability
from penstock_receiver_internal_telemetry.config import InternalTelemetryConfig

__all__ = ("factory",)


class _Silent:
    """For a signal that `signals` leaves out."""


def _metrics(settings: Settings, config: InternalTelemetryConfig, onward: Consumer[Metrics]) -> object:
    from penstock_receiver_internal_telemetry.metrics import MetricsTeller  # noqa: PLC0415 - it loads protobuf

    return MetricsTeller(settings, config.metrics, onward) if "metrics" in config.signals else _Silent()


def _logs(settings: Settings, config: InternalTelemetryConfig, onward: Consumer[Logs]) -> object:
    from penstock_receiver_internal_telemetry.logs import LogsTeller  # noqa: PLC0415 - it loads protobuf

    return LogsTeller(settings, config.logs, onward) if "logs" in config.signals else _Silent()


factory = ReceiverFactory(
    kind="internal_telemetry",
    config=InternalTelemetryConfig,
    create_metrics=_metrics,
    create_logs=_logs,
    stability={"metrics": Stability.ALPHA, "logs": Stability.ALPHA},
)
