"""What the user writes under `processors.retry`."""

from pydantic import Field

from penstock_api import Duration
from penstock_api.exporting import RetryConfig

__all__ = ("RetryProcessorConfig",)


class RetryProcessorConfig(RetryConfig):
    """Offers again what was refused for now, at growing intervals."""

    randomization_factor: float = 0.0
    """Share by which each wait is moved up or down at random, from 0 to 1."""
    max_elapsed_time: Duration = 300.0
    """Longest time spent on one batch, after which its sender is refused; 0 means for ever."""
    max_in_flight: int = Field(default=1000, ge=1)
    """Batches that may be under way or wait at a time; senders of more wait."""
