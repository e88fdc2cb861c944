"""What the user writes under `processors.batch`."""

from typing import Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration

__all__ = ("BatchConfig",)


class BatchConfig(Config):
    """Collects batches into larger ones, by number of items or by time."""

    timeout: Duration = Field(default=0.2, ge=0)
    """How long an item may wait for others. 0 sends at once, whatever the size."""
    send_batch_size: int = Field(default=8192, ge=0)
    """Send as soon as this many items (spans, metric points, log records) are waiting. 0 sends at once."""
    send_batch_max_size: int = Field(default=0, ge=0)
    """Never send more items than this in one batch: larger ones are split. 0 is no limit."""
    metadata_keys: tuple[str, ...] = ()
    """Batch separately for every combination of the values of these keys of the client's metadata."""
    metadata_cardinality_limit: int = Field(default=1000, ge=0)
    """How many such combinations there may be; more are refused. 0 is no limit."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if 0 < self.send_batch_max_size < self.send_batch_size:
            raise ValueError(
                "`send_batch_max_size` must not be below `send_batch_size`"
                f" {self.send_batch_size}: {self.send_batch_max_size}"
            )
        seen: set[str] = set()
        for key in self.metadata_keys:
            if key.lower() in seen:
                raise ValueError(
                    f"`metadata_keys` has a duplicate entry, upper and lower case alike: {key!r}"
                )
            seen.add(key.lower())
        return self
