"""The exporter helper: queue and batch, count, retry and time out, composed around any consumer.

`Exporting(settings, signal, push, timeout=..., retry=..., queue=...)` is what an exporter's factory returns.
`Retry` serves a processor as well.
"""

from penstock_api.exporting.config import (
    PartitionConfig,
    QueueBatchConfig,
    QueueConfig,
    RetryConfig,
    TimeoutConfig,
)
from penstock_api.exporting.exporting import Exporting, counted
from penstock_api.exporting.retry import Retry

__all__ = (
    "Exporting",
    "PartitionConfig",
    "QueueBatchConfig",
    "QueueConfig",
    "Retry",
    "RetryConfig",
    "TimeoutConfig",
    "counted",
)
