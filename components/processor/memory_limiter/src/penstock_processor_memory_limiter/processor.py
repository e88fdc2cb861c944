"""Passes batches on, or refuses them while the checker says so."""

from typing import Generic, TypeVar

from penstock_api import AnyBatch, Consumer, Counter, Deadline, RetryableError, Settings, Signal
from penstock_processor_memory_limiter.checker import REFUSAL, Checker

__all__ = ("MemoryLimiter",)

B = TypeVar("B", bound=AnyBatch)


class MemoryLimiter(Generic[B]):
    """One pipeline's door; all doors of one component id look at the same checker."""

    def __init__(self, settings: Settings, signal: Signal, checker: Checker, onward: Consumer[B]) -> None:
        self._report = settings.report
        self._checker = checker
        self._pass_on = onward.consume
        self._accepted = _counter(settings, "accepted", signal).add
        self._refused = _counter(settings, "refused", signal).add

    async def start(self) -> None:
        """Begin to check. Raises `StartError` when memory cannot be measured."""
        self._checker.join(self, self._report)

    async def consume(self, batch: B, /) -> None:
        """Pass `batch` on. Raises `RetryableError` while too much memory is used."""
        if self._checker.refusing:
            self._refused(len(batch))
            raise RetryableError(REFUSAL)
        self._accepted(len(batch))
        await self._pass_on(batch)

    async def shutdown(self, _deadline: Deadline) -> None:
        """Stop checking, unless another pipeline still needs it."""
        await self._checker.leave(self)


def _counter(settings: Settings, word: str, signal: Signal) -> Counter:
    name = f"otelcol_processor_memory_limiter_{word}_{signal.items}"
    return settings.meter.counter(name, unit=f"{{{signal.items}}}", processor=str(settings.id))
