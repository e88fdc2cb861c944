"""The exporter helper: queue and batch, count, retry and time out, composed around any consumer.

`Exporting(settings, signal, push, timeout=..., retry=..., queue=...)` is what an exporter's factory returns.
"""

from penstock_api.exporting.config import (
    PartitionConfig,
    QueueBatchConfig,
    QueueConfig,
    RetryConfig,
    TimeoutConfig,
)
from penstock_api.exporting.exporting import Exporting, counted

__all__ = (
    "Exporting",
    "PartitionConfig",
    "QueueBatchConfig",
    "QueueConfig",
    "RetryConfig",
    "TimeoutConfig",
    "counted",
)
