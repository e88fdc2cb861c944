"""What the user writes under `processors.rate_limit`."""

from typing import Annotated, Literal

from pydantic import Field

from penstock_api import Config, Duration
from penstock_api.config import ExtensionRef

__all__ = ("RateLimitConfig",)


class RateLimitConfig(Config):
    """Lets telemetry pass as a quota allows that it may share with others."""

    limiter: Annotated[str, ExtensionRef(("rate_limiter",))] = ""
    """The id of the extension whose quota it is, one that offers `rate_limiter`. It must be listed in
    `service.extensions`. In a dataflow it can be bound by `capabilities` instead."""
    unit: Literal["items", "bytes", "batches"] = "items"
    """What a unit of the quota is."""
    on_limit: Literal["refuse", "wait", "drop"] = "refuse"
    """What becomes of a batch that the quota does not allow."""
    max_wait: Duration = Field(default=5.0, gt=0)
    """With `wait`, how long a batch may wait until it is refused."""
