"""The receiver and its factory."""

from penstock_api import Config, ReceiverFactory, Settings, Stability

__all__ = ("NopReceiverConfig", "factory")


class NopReceiverConfig(Config):
    """There is nothing to configure."""


class _NopReceiver:
    """Never uses its consumer; needs neither `start` nor `shutdown`."""

    def __init__(self, _settings: Settings, _config: NopReceiverConfig, _onward: object) -> None:
        pass


factory = ReceiverFactory(
    kind="nop",
    config=NopReceiverConfig,
    create_traces=_NopReceiver,
    create_metrics=_NopReceiver,
    create_logs=_NopReceiver,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
