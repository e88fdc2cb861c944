"""What a user may say about timeout, retry and queue; the same keys for every exporter that offers them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import model_validator

from penstock_api.config import Config, Duration, Expanded, Section, Slot, StorageId, format_duration

__all__ = (
    "SENDING_QUEUE",
    "PartitionConfig",
    "QueueBatchConfig",
    "QueueConfig",
    "RetryConfig",
    "TimeoutConfig",
)

SENDING_QUEUE: Final = "sending_queue"
"""The slot under which a store is bound to a queue."""


class TimeoutConfig(Config):
    """To inherit from: the key `timeout` stands beside the exporter's own."""

    timeout: Duration = 5.0
    """Longest time that one attempt to send may take; 0 means no limit."""

    @model_validator(mode="after")
    def _check_timeout(self) -> Self:
        if self.timeout < 0:
            raise ValueError(f"`timeout` must not be negative: {format_duration(self.timeout)}")
        return self


class RetryConfig(Config):
    """How often a batch that could not be sent is tried again. `enabled: false` turns retrying off."""

    initial_interval: Duration = 5.0
    """Time to wait after the first failure."""
    randomization_factor: float = 0.5
    """Share by which each wait is moved up or down at random, from 0 to 1."""
    multiplier: float = 1.5
    """Factor by which the wait grows after each failure."""
    max_interval: Duration = 30.0
    """Upper limit of the wait, before it is moved at random."""
    max_elapsed_time: Duration = 300.0
    """Longest time spent on one batch, after which it is dropped and counted; 0 means for ever."""

    @model_validator(mode="after")
    def _check_signs(self) -> Self:
        for key in ("initial_interval", "max_interval", "max_elapsed_time"):
            if getattr(self, key) < 0:
                raise ValueError(f"`{key}` must not be negative: {format_duration(getattr(self, key))}")
        if self.multiplier < 0:
            raise ValueError(f"`multiplier` must not be negative: {self.multiplier}")
        if not 0 <= self.randomization_factor <= 1:
            raise ValueError(f"`randomization_factor` must be between 0 and 1: {self.randomization_factor}")
        return self

    @model_validator(mode="after")
    def _check_limit(self) -> Self:
        for key in ("initial_interval", "max_interval"):
            if 0 < self.max_elapsed_time < getattr(self, key):
                limit = format_duration(self.max_elapsed_time)
                raise ValueError(f"`max_elapsed_time` must not be less than `{key}`: {limit}")
        return self


class PartitionConfig(Config):
    """Keeps apart what must not share a batch."""

    metadata_keys: tuple[str, ...] = ()
    """Client metadata whose values a batch must have in common; an absent key differs from an empty value."""

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        seen: set[str] = set()
        for key in self.metadata_keys:
            if key.lower() in seen:
                raise ValueError(f"`metadata_keys` must be unique, ignoring case: {key!r}")
            seen.add(key.lower())
        return self


class QueueBatchConfig(Config):
    """Joins queued batches into larger ones before they are sent."""

    flush_timeout: Duration = 0.2
    """Longest time that the first item waits for others."""
    min_size: int = 8192
    """Size from which a batch is sent without waiting any longer."""
    max_size: int = 0
    """Size above which a batch is cut; 0 means never. One item that is larger by itself is sent alone."""
    sizer: Literal["items", "bytes"] = "items"
    """Unit of the sizes. A `sizer` written for the queue is the default where this section has any key."""
    partition: PartitionConfig = PartitionConfig()
    """Which batches must not be joined."""

    @model_validator(mode="after")
    def _check_batch(self) -> Self:
        if self.flush_timeout <= 0:
            raise ValueError(f"`flush_timeout` must be positive: {format_duration(self.flush_timeout)}")
        if self.min_size < 0:
            raise ValueError(f"`min_size` must not be negative: {self.min_size}")
        if self.max_size < 0:
            raise ValueError(f"`max_size` must not be negative: {self.max_size}")
        if 0 < self.max_size < self.min_size:
            raise ValueError(f"`max_size` must be 0 or at least `min_size`: {self.max_size}")
        return self


class QueueConfig(Config):
    """Holds accepted batches until they are sent. `enabled: false` turns the queue off."""

    num_consumers: int = 10
    """How many batches are sent at the same time."""
    queue_size: int = 1000
    """What the queue holds at most, in units of `sizer`; what is being sent counts until it is finished."""
    sizer: Literal["requests", "items", "bytes"] = "requests"
    """Unit of `queue_size`."""
    block_on_overflow: bool = False
    """Make senders wait for room when the queue is full, instead of refusing."""
    wait_for_result: bool = False
    """Make senders wait until the batch was sent, and tell them the outcome."""
    batch: Section[QueueBatchConfig] = None
    """Joins small batches before sending; off unless present."""
    storage: Annotated[StorageId, Slot(SENDING_QUEUE)] = ""
    """The id of an extension that offers `key_value_store`: what the queue holds is stored there before it is
    accepted, and is sent after a restart. Without one the queue is in memory. The extension must be listed in
    `service.extensions`."""

    @model_validator(mode="before")
    @classmethod
    def _hand_sizer_down(cls, data: Any) -> Any:  # Any: not yet validated
        """What the sections mean together, written out: `batch.sizer` then says it all."""
        whole = data.value if isinstance(data, Expanded) else data
        if not isinstance(whole, Mapping) or "sizer" not in whole:
            return data
        batch = whole.get("batch")
        batch = batch.value if isinstance(batch, Expanded) else batch
        if not isinstance(batch, Mapping) or not batch or "sizer" in batch or batch.get("enabled") is False:
            return data
        sizer = whole["sizer"]
        if (sizer.value if isinstance(sizer, Expanded) else sizer) == "requests":
            raise ValueError("`batch` supports only the `sizer` items or bytes: 'requests'")
        return {**whole, "batch": {"sizer": sizer, **batch}}

    @model_validator(mode="after")
    def _check_queue(self) -> Self:
        if self.num_consumers <= 0:
            raise ValueError(f"`num_consumers` must be positive: {self.num_consumers}")
        if self.queue_size <= 0:
            raise ValueError(f"`queue_size` must be positive: {self.queue_size}")
        if self.batch is None:
            return self
        if self.batch.sizer == self.sizer and self.batch.min_size > self.queue_size:
            raise ValueError(f"`batch.min_size` must not be above `queue_size`: {self.batch.min_size}")
        return self
