"""The factory of the batch processor."""

from typing import TypeVar

from penstock_api import AnyBatch, Consumer, Logs, Metrics, ProcessorFactory, Settings, Stability, Traces
from penstock_processor_batch.config import BatchConfig
from penstock_processor_batch.processor import BatchProcessor, PartitionedBatchProcessor

__all__ = ("factory",)

B = TypeVar("B", bound=AnyBatch)


def _create(settings: Settings, config: BatchConfig, onward: Consumer[B], kind: type[B]) -> Consumer[B]:
    if config.metadata_keys:
        return PartitionedBatchProcessor(settings, config, onward, kind)
    return BatchProcessor(settings, config, onward, kind)


def _traces(settings: Settings, config: BatchConfig, onward: Consumer[Traces]) -> Consumer[Traces]:
    return _create(settings, config, onward, Traces)


def _metrics(settings: Settings, config: BatchConfig, onward: Consumer[Metrics]) -> Consumer[Metrics]:
    return _create(settings, config, onward, Metrics)


def _logs(settings: Settings, config: BatchConfig, onward: Consumer[Logs]) -> Consumer[Logs]:
    return _create(settings, config, onward, Logs)


factory = ProcessorFactory(
    kind="batch",
    config=BatchConfig,
    create_traces=_traces,
    create_metrics=_metrics,
    create_logs=_logs,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
