"""One quota that many components share."""

from penstock_extension_rate_limiter.config import RateLimiterConfig
from penstock_extension_rate_limiter.factory import factory

__all__ = ("RateLimiterConfig", "factory")
