"""Tries again what may succeed later, at growing and randomly spread intervals."""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from penstock_api.batch import AnyBatch
from penstock_api.clock import within
from penstock_api.consumer import Consumer
from penstock_api.errors import RetryableError
from penstock_api.exporting.config import RetryConfig
from penstock_api.settings import Settings

__all__ = ("Retry",)

B = TypeVar("B", bound=AnyBatch)


class Retry(Generic[B]):
    """Passes a batch on until it is accepted, refused for good, or its time is up."""

    def __init__(
        self,
        settings: Settings,
        config: RetryConfig,
        onward: Consumer[B],
        *,
        chance: Callable[[], float] = random.random,
        event: str = "Exporting failed. Will retry the request after interval.",
    ) -> None:
        """`chance` gives numbers from 0 to 1, by which the waits are spread; `event` is logged with each."""
        self._log = settings.log
        self._clock = settings.clock
        self._config = config
        self._onward = onward
        self._chance = chance
        self._event = event
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Make every attempt that begins from now on the last one of its batch, and all waiting end."""
        self._stopped.set()

    async def consume(self, batch: B) -> None:
        """Pass `batch` on. Raises what the last attempt raised."""
        started = self._clock.now()
        for interval in self._intervals():
            last = self._stopped.is_set()
            try:
                await self._onward.consume(batch)
            except RetryableError as error:
                if last:
                    raise
                wait = max(self._spread(interval), error.after or 0.0)
                limit = self._config.max_elapsed_time
                if limit and self._clock.now() + wait - started > limit:
                    message = f"no more retries left: {error}"
                    raise RetryableError(message, after=error.after, code=error.code) from error
                self._log.info(self._event, extra={"error": str(error), "interval": wait})
            else:
                return
            await self._pause(wait)

    def _intervals(self) -> Iterator[float]:
        interval = self._config.initial_interval
        while True:
            yield interval
            interval = min(interval * self._config.multiplier, self._config.max_interval)

    def _spread(self, interval: float) -> float:
        return interval * (1 + self._config.randomization_factor * (2 * self._chance() - 1))

    async def _pause(self, seconds: float) -> None:
        """Wait for `seconds`, or until `stop`."""
        try:
            async with within(self._clock, seconds):
                await self._stopped.wait()
        except TimeoutError:
            return
