"""Lets telemetry pass as a shared quota allows."""

from penstock_processor_rate_limit.config import RateLimitConfig
from penstock_processor_rate_limit.factory import factory

__all__ = ("RateLimitConfig", "factory")
