"""Keeps batches on disk until what is behind has taken them."""

from penstock_processor_durable_buffer.config import BackoffConfig, DurableBufferConfig
from penstock_processor_durable_buffer.factory import factory

__all__ = ("BackoffConfig", "DurableBufferConfig", "factory")
