"""What the user writes under `extensions.rate_limiter`."""

from typing import Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration

__all__ = ("RateLimiterConfig",)


class RateLimiterConfig(Config):
    """One quota: whoever binds it takes units from it, and together they never take more than there are."""

    limit: int = Field(default=0, ge=0)
    """How many units each `interval` brings; must be set. What a unit is, its users say: an item, a byte."""
    interval: Duration = 1.0
    """How long it takes to bring `limit` units; they come evenly over it."""
    burst: int = Field(default=0, ge=0)
    """How many units may be taken at once after a pause; 0 is `limit`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.limit < 1:
            raise ValueError(f"`limit` must be greater than 0: {self.limit}")
        if self.interval <= 0:
            raise ValueError(f"`interval` must be greater than 0: {self.interval:g}")
        return self

    @property
    def most(self) -> int:
        """Units that can be there at once."""
        return self.burst or self.limit
