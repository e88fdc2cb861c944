"""The processor: the retry of exporters, in the middle of a pipeline."""

import asyncio
import contextlib
from typing import Final, Generic, TypeVar

from penstock_api import AnyBatch, Consumer, Counter, Deadline, RetryableError, Settings, within
from penstock_api.exporting import Retry
from penstock_processor_retry.config import RetryProcessorConfig

__all__ = ("RetryProcessor",)

B = TypeVar("B", bound=AnyBatch)
_EVENT: Final = "batch is refused for now, it is offered again after interval"
_STOPPED: Final = "the retry processor has stopped"


class RetryProcessor(Generic[B]):
    """Holds a sender until its batch is accepted, refused for good, or its time is up."""

    def __init__(self, settings: Settings, config: RetryProcessorConfig, onward: Consumer[B]) -> None:
        own = str(settings.id)
        attempts = settings.meter.counter(
            "otelcol_processor_retry_attempts", unit="{attempts}", processor=own
        )
        self._clock = settings.clock
        self._retry: Retry[B] = Retry(settings, config, _Attempts(onward, attempts), event=_EVENT)
        self._room = asyncio.Semaphore(config.max_in_flight)
        self._held: set[asyncio.Timeout] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._closed = False
        settings.meter.gauge(
            "otelcol_processor_retry_in_flight", lambda: len(self._held), unit="{batches}", processor=own
        )

    async def consume(self, batch: B, /) -> None:
        """Pass `batch` on, again and again. Raises what the last attempt raised."""
        async with self._room:
            if self._closed:
                raise RetryableError(_STOPPED)
            await self._hold(batch)

    def drain(self, _deadline: Deadline) -> None:
        """A stop has begun: each batch that waits is tried once more, now, and what comes is tried once."""
        self._retry.stop()

    async def shutdown(self, deadline: Deadline) -> None:
        """Try each batch that waits once more; whose outcome is unknown at `deadline` is refused."""
        self._closed = True
        self._retry.stop()
        if deadline.remaining() > 0:
            with contextlib.suppress(TimeoutError):
                async with within(self._clock, deadline.remaining()):
                    await self._empty.wait()
        for limit in tuple(self._held):
            limit.reschedule(asyncio.get_running_loop().time())
        await self._empty.wait()

    async def _hold(self, batch: B) -> None:
        self._empty.clear()
        limit = asyncio.timeout(None)
        self._held.add(limit)
        try:
            async with limit:
                await self._retry.consume(batch)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise RetryableError(f"{_STOPPED} before the outcome was known") from error
        finally:
            self._held.discard(limit)
            if not self._held:
                self._empty.set()


class _Attempts(Generic[B]):
    """Offers a copy each time: what is behind may change the one that it takes, and then refuse it."""

    def __init__(self, onward: Consumer[B], attempts: Counter) -> None:
        self._pass_on = onward.consume
        self._count = attempts.add

    async def consume(self, batch: B, /) -> None:
        """One attempt."""
        self._count(1)
        await self._pass_on(batch.copy())
