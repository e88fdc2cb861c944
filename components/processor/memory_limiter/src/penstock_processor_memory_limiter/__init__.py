"""Refuses telemetry while the process uses too much memory."""

from penstock_processor_memory_limiter.config import MemoryLimiterConfig
from penstock_processor_memory_limiter.factory import factory

__all__ = ("MemoryLimiterConfig", "factory")
