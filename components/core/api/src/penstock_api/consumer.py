"""The one call by which a batch travels: it returns when accepted and raises when not."""

from typing import Protocol, TypeVar

from penstock_api.batch import AnyBatch

__all__ = ("Consumer",)

B_contra = TypeVar("B_contra", bound=AnyBatch, contravariant=True)


class Consumer(Protocol[B_contra]):
    """Takes batches of one signal.

    `consume` returns when the batch is accepted: from then on it is the consumer's to deliver. It raises
    `RetryableError`, `PermanentError` or `PartialError` when not. It may wait: that is back-pressure.
    """

    async def consume(self, batch: B_contra, /) -> None:
        """Accept `batch` or raise a `ConsumeError`."""
