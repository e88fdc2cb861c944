"""The factory: one receiver, and so one server per protocol, for all signals of a component id."""

from typing import TYPE_CHECKING, Any  # Any: consumers are of one signal each

from penstock_api import (
    Consumer,
    Logs,
    Metrics,
    ReceiverFactory,
    Settings,
    Signal,
    Stability,
    Traces,
)
from penstock_api.admitting import server_auths
from penstock_receiver_otlp.config import OtlpReceiverConfig

if TYPE_CHECKING:
    from penstock_receiver_otlp.receiver import OtlpReceiver

__all__ = ("factory",)


def _create(
    settings: Settings, config: OtlpReceiverConfig, signal: Signal, onward: Consumer[Any]
) -> "OtlpReceiver":
    from penstock_receiver_otlp.receiver import OtlpReceiver  # noqa: PLC0415 - paid for when configured

    def make() -> OtlpReceiver:
        served = {"grpc": config.protocols.grpc, "http": config.protocols.http}
        guarded = [name for name, one in served.items() if one is not None and one.auth is not None]
        auth = server_auths(settings.capabilities, served, settings.log, required=guarded)
        return OtlpReceiver(settings, config, auth=auth)

    receiver = settings.share(make)
    receiver.connect(signal, onward)
    return receiver


def _create_traces(
    settings: Settings, config: OtlpReceiverConfig, onward: Consumer[Traces]
) -> "OtlpReceiver":
    return _create(settings, config, Signal.TRACES, onward)


def _create_metrics(
    settings: Settings, config: OtlpReceiverConfig, onward: Consumer[Metrics]
) -> "OtlpReceiver":
    return _create(settings, config, Signal.METRICS, onward)


def _create_logs(settings: Settings, config: OtlpReceiverConfig, onward: Consumer[Logs]) -> "OtlpReceiver":
    return _create(settings, config, Signal.LOGS, onward)


factory = ReceiverFactory(
    kind="otlp",
    config=OtlpReceiverConfig,
    create_traces=_create_traces,
    create_metrics=_create_metrics,
    create_logs=_create_logs,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
