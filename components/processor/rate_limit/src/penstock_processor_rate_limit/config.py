"""What the user writes under `processors.rate_limit`."""

from typing import Literal

from pydantic import Field

from penstock_api import Config, Duration

__all__ = ("RateLimitConfig",)


class RateLimitConfig(Config):
    """Lets telemetry pass as a quota allows that it may share with others."""

    unit: Literal["items", "bytes", "batches"] = "items"
    """What a unit of the quota is."""
    on_limit: Literal["refuse", "wait", "drop"] = "refuse"
    """What becomes of a batch that the quota does not allow."""
    max_wait: Duration = Field(default=5.0, gt=0)
    """With `wait`, how long a batch may wait until it is refused."""
