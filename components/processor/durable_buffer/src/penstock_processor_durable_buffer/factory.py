"""The factory of the durable buffer."""

from typing import TypeVar

from penstock_api import AnyBatch, Consumer, Logs, Metrics, ProcessorFactory, Settings, Stability, Traces
from penstock_processor_durable_buffer.config import DurableBufferConfig

__all__ = ("factory",)

B = TypeVar("B", bound=AnyBatch)


def _create(
    settings: Settings, config: DurableBufferConfig, onward: Consumer[B], kind: type[B]
) -> Consumer[B]:
    from penstock_processor_durable_buffer.buffer import DurableBuffer  # noqa: PLC0415 - it loads SQLite

    return DurableBuffer(settings, config, onward, kind)


def _traces(settings: Settings, config: DurableBufferConfig, onward: Consumer[Traces]) -> Consumer[Traces]:
    return _create(settings, config, onward, Traces)


def _metrics(settings: Settings, config: DurableBufferConfig, onward: Consumer[Metrics]) -> Consumer[Metrics]:
    return _create(settings, config, onward, Metrics)


def _logs(settings: Settings, config: DurableBufferConfig, onward: Consumer[Logs]) -> Consumer[Logs]:
    return _create(settings, config, onward, Logs)


factory = ProcessorFactory(
    kind="durable_buffer",
    config=DurableBufferConfig,
    create_traces=_traces,
    create_metrics=_metrics,
    create_logs=_logs,
    stability={"traces": Stability.ALPHA, "metrics": Stability.ALPHA, "logs": Stability.ALPHA},
)
