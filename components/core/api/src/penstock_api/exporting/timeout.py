"""Limits the time of one attempt."""

from typing import Final, Generic, TypeVar

from penstock_api.batch import AnyBatch
from penstock_api.clock import Clock, within
from penstock_api.config import format_duration
from penstock_api.consumer import Consumer
from penstock_api.errors import RetryableError

__all__ = ("Timeout",)

B = TypeVar("B", bound=AnyBatch)
_DEADLINE_EXCEEDED: Final = 4  # the gRPC status code


class Timeout(Generic[B]):
    """Ends an attempt that takes too long; it may be tried again."""

    def __init__(self, clock: Clock, seconds: float, onward: Consumer[B]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._onward = onward

    async def consume(self, batch: B) -> None:
        """Pass `batch` on. Raises `RetryableError` when that takes too long."""
        try:
            async with within(self._clock, self._seconds):
                await self._onward.consume(batch)
        except TimeoutError as error:
            took = format_duration(self._seconds)
            raise RetryableError(f"not sent within {took}", code=_DEADLINE_EXCEEDED) from error
