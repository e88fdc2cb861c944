"""The factory of the retry processor."""

from penstock_api import ProcessorFactory, Stability
from penstock_processor_retry.config import RetryProcessorConfig
from penstock_processor_retry.processor import RetryProcessor

__all__ = ("factory",)

factory = ProcessorFactory(
    kind="retry",
    config=RetryProcessorConfig,
    create_traces=RetryProcessor,
    create_metrics=RetryProcessor,
    create_logs=RetryProcessor,
    stability={"traces": Stability.ALPHA, "metrics": Stability.ALPHA, "logs": Stability.ALPHA},
)
