"""Collects batches into larger ones, by number of items or by time."""

from penstock_processor_batch.config import BatchConfig
from penstock_processor_batch.factory import factory

__all__ = ("BatchConfig", "factory")
