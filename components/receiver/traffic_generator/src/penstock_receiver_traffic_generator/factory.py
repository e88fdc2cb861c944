"""The factory of the receiver: one generator for all signals of a component id."""

from typing import TypeVar

from penstock_api import AnyBatch, Consumer, Logs, Metrics, ReceiverFactory, Settings, Stability, Traces
from penstock_receiver_traffic_generator.config import TrafficGeneratorConfig

__all__ = ("factory",)

B = TypeVar("B", bound=AnyBatch)


def _create(settings: Settings, config: TrafficGeneratorConfig, onward: Consumer[B], kind: type[B]) -> object:
    from penstock_receiver_traffic_generator.generator import Generator  # noqa: PLC0415 - it loads protobuf

    made = settings.share(lambda: Generator(settings, config))
    made.feed(kind, onward)
    return made


def _traces(settings: Settings, config: TrafficGeneratorConfig, onward: Consumer[Traces]) -> object:
    return _create(settings, config, onward, Traces)


def _metrics(settings: Settings, config: TrafficGeneratorConfig, onward: Consumer[Metrics]) -> object:
    return _create(settings, config, onward, Metrics)


def _logs(settings: Settings, config: TrafficGeneratorConfig, onward: Consumer[Logs]) -> object:
    return _create(settings, config, onward, Logs)


factory = ReceiverFactory(
    kind="traffic_generator",
    config=TrafficGeneratorConfig,
    create_traces=_traces,
    create_metrics=_metrics,
    create_logs=_logs,
    stability={
        "traces": Stability.DEVELOPMENT,
        "metrics": Stability.DEVELOPMENT,
        "logs": Stability.DEVELOPMENT,
    },
)
