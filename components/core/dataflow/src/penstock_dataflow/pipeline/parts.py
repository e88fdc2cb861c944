"""The component objects behind one node, one for each signal that its type handles."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any  # Any: what a coroutine yields to the loop

from penstock_api import AnyBatch, Consumer, Deadline, Drain, Meter, PermanentError, Shutdown, Signal, Start

__all__ = ("Parts", "SignalParts")


class Parts:
    """Component objects that start and stop as one. An object that serves several signals is one part."""

    def __init__(self, components: Iterable[object]) -> None:
        self._parts = tuple({id(one): one for one in components}.values())

    async def start(self) -> None:
        """Start every part. Raises what the first that fails raises; `shutdown` is then still due."""
        for part in self._parts:
            if isinstance(part, Start):
                await part.start()

    def drain(self, deadline: Deadline) -> None:
        """Tell every part that wants to know that a stop has begun."""
        for part in self._parts:
            if isinstance(part, Drain):
                part.drain(deadline)

    async def shutdown(self, deadline: Deadline) -> None:
        """Stop every part. Raises the first error, after all have been stopped."""
        stopping = [part.shutdown(deadline) for part in self._parts if isinstance(part, Shutdown)]
        for outcome in await asyncio.gather(*stopping, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome


class SignalParts(Parts):
    """Parts that take batches: each batch goes to the one for its signal."""

    def __init__(
        self,
        name: str,
        kind: str,
        parts: Mapping[Signal, Consumer[AnyBatch]],
        components: Iterable[object],
        meter: Meter,
    ) -> None:
        """`parts` take the batches; `components`, behind them, are what starts and stops."""
        super().__init__(components)
        self._label = f"{name} ({kind})"
        self._by_signal = {
            signal: parts[signal].consume if signal in parts else self._refuse for signal in Signal
        }
        self._refused = {
            signal: meter.counter(
                f"otelcol_dataflow_refused_{signal.items}", unit=f"{{{signal.items}}}", node=name
            )
            for signal in Signal
            if signal not in parts
        }

    def consume(self, batch: AnyBatch, /) -> Coroutine[Any, Any, None]:
        """Hand `batch` to the part for its signal. Awaited, raises `PermanentError` when there is none."""
        return self._by_signal[batch.signal](batch)

    async def _refuse(self, batch: AnyBatch, /) -> None:
        self._refused[batch.signal].add(len(batch))
        raise PermanentError(f"node does not take {batch.signal}: {self._label}")
