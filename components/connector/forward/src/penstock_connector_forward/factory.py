"""The connector and its factory."""

from typing import Generic, TypeVar

from penstock_api import AnyBatch, Config, ConnectorFactory, Consumer, Settings, Stability

__all__ = ("ForwardConfig", "factory")

B = TypeVar("B", bound=AnyBatch)


class ForwardConfig(Config):
    """There is nothing to configure."""


class _ForwardConnector(Generic[B]):
    """Costs nothing: `consume` is the one of what comes behind. Needs neither `start` nor `shutdown`."""

    def __init__(self, _settings: Settings, _config: ForwardConfig, onward: Consumer[B]) -> None:
        self.consume = onward.consume


factory = ConnectorFactory(
    kind="forward",
    config=ForwardConfig,
    traces_to_traces=_ForwardConnector,
    metrics_to_metrics=_ForwardConnector,
    logs_to_logs=_ForwardConnector,
    stability={
        "traces_to_traces": Stability.BETA,
        "metrics_to_metrics": Stability.BETA,
        "logs_to_logs": Stability.BETA,
    },
)
