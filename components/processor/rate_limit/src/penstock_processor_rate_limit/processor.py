"""Asks the quota before it passes a batch on."""

from typing import Final, Generic, TypeVar

from penstock_api import (
    AnyBatch,
    Consumer,
    Counter,
    Deadline,
    PermanentError,
    RetryableError,
    Settings,
    Signal,
)
from penstock_api.capability import RATE_LIMITER
from penstock_processor_rate_limit.config import RateLimitConfig

__all__ = ("RateLimit",)

B = TypeVar("B", bound=AnyBatch)

_SHORTEST_WAIT: Final = 0.001


class RateLimit(Generic[B]):
    """One signal's door."""

    def __init__(
        self, settings: Settings, config: RateLimitConfig, signal: Signal, onward: Consumer[B]
    ) -> None:
        """Raises `CapabilityNotBoundError` when no quota is bound."""
        limiter = settings.capabilities.require(RATE_LIMITER)
        self._try_acquire = limiter.try_acquire
        self._retry_after = limiter.retry_after
        self._clock = settings.clock
        self._unit = config.unit
        self._drops = config.on_limit == "drop"
        self._longest = config.max_wait if config.on_limit == "wait" else 0.0
        self._pass_on = onward.consume
        self._dropped = _counter(settings, "dropped", signal)
        self._refused = _counter(settings, "refused", signal)

    async def consume(self, batch: B, /) -> None:
        """Pass `batch` on. Raises `RetryableError`, and `PermanentError` for one larger than the quota."""
        units = self._units(batch)
        if not self._try_acquire(units) and not await self._waited(units):
            if self._drops:
                self._dropped.add(len(batch))
                return
            self._refused.add(len(batch))
            self._refuse(units)
        await self._pass_on(batch)

    def _units(self, batch: B) -> int:
        if self._unit == "items":
            return len(batch)
        return batch.size if self._unit == "bytes" else 1

    async def _waited(self, units: int) -> bool:
        """Whether there was quota for `units` before the longest wait was over."""
        deadline = Deadline.after(self._clock, self._longest)
        while (wait := max(self._retry_after(units), _SHORTEST_WAIT)) <= deadline.remaining():
            await self._clock.sleep(wait)
            if self._try_acquire(units):
                return True
        return False

    def _refuse(self, units: int) -> None:
        after = self._retry_after(units)
        if after == float("inf"):
            raise PermanentError(f"batch is larger than the quota ever is: {units} {self._unit}")
        raise RetryableError("the quota is used up", after=after)


def _counter(settings: Settings, word: str, signal: Signal) -> Counter:
    name = f"otelcol_processor_rate_limit_{word}_{signal.items}"
    return settings.meter.counter(name, unit=f"{{{signal.items}}}", processor=str(settings.id))
