"""The router: one way for each signal."""

from collections.abc import Awaitable, Callable

from penstock_api import AnyBatch, Outputs, PermanentError, RetryableError, Settings, Signal
from penstock_processor_type_router.config import TypeRouterConfig

__all__ = ("TypeRouter",)

_Take = Callable[[AnyBatch], Awaitable[None]]


class TypeRouter:
    """Passes a batch to the output of its signal. Has nothing to start or to flush."""

    def __init__(self, _settings: Settings, config: TypeRouterConfig, outputs: Outputs) -> None:
        self._ways = {signal: _way(signal, config, outputs) for signal in Signal}

    async def consume(self, batch: AnyBatch, /) -> None:
        """Pass `batch` on. Raises what the output raises, `PermanentError` when there is none."""
        await self._ways[batch.signal](batch)


def _way(signal: Signal, config: TypeRouterConfig, outputs: Outputs) -> _Take:
    onward = outputs.get(signal.value)
    if onward is None:
        return _Nowhere(signal).consume
    if config.admission_policy.on_full == "backpressure":
        return onward.consume
    return _Limited(signal, onward.consume, config.admission_policy.max_in_flight).consume


class _Nowhere:
    def __init__(self, signal: Signal) -> None:
        self._signal = signal

    async def consume(self, _batch: AnyBatch, /) -> None:
        raise PermanentError(f"no output is connected for {self._signal}")


class _Limited:
    """Refuses what would have to wait."""

    def __init__(self, signal: Signal, take: _Take, limit: int) -> None:
        self._signal = signal
        self._take = take
        self._free = limit

    async def consume(self, batch: AnyBatch, /) -> None:
        if self._free == 0:
            raise RetryableError(f"output is full: {self._signal}")
        self._free -= 1
        try:
            await self._take(batch)
        finally:
            self._free += 1
