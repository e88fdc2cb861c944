"""Offers again what was refused for now, at growing intervals."""

from penstock_processor_retry.config import RetryProcessorConfig
from penstock_processor_retry.factory import factory

__all__ = ("RetryProcessorConfig", "factory")
