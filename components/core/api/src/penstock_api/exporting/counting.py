"""Counts what became of every item."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Self, TypeVar

from penstock_api.batch import AnyBatch
from penstock_api.consumer import Consumer
from penstock_api.errors import PartialError, RetryableError
from penstock_api.settings import Settings
from penstock_api.signal import Signal
from penstock_api.telemetry import Counter

__all__ = ("Counting", "Counts")

B = TypeVar("B", bound=AnyBatch)
_UNITS: Final = {Signal.TRACES: "{spans}", Signal.METRICS: "{datapoints}", Signal.LOGS: "{records}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Every item offered to an exporter ends in exactly one of these."""

    sent: Counter
    send_failed: Counter
    enqueue_failed: Counter

    @classmethod
    def bind(cls, settings: Settings, signal: Signal) -> Self:
        """The counters of one exporter and signal."""

        def counter(outcome: str) -> Counter:
            name = f"otelcol_exporter_{outcome}_{signal.items}"
            return settings.meter.counter(name, unit=_UNITS[signal], exporter=str(settings.id))

        return cls(
            sent=counter("sent"),
            send_failed=counter("send_failed"),
            enqueue_failed=counter("enqueue_failed"),
        )


class Counting(Generic[B]):
    """Counts the items of each batch as sent or failed; whatever ended the attempt, none is missed.

    While `keeps` says so, what failed for now is neither: it is sent another time, and counted then.
    """

    def __init__(
        self,
        log: "logging.LoggerAdapter[logging.Logger]",
        counts: Counts,
        onward: Consumer[B],
        keeps: Callable[[], bool] = lambda: False,
    ) -> None:
        self._log = log
        self._keeps = keeps
        self._sent, self._failed = counts.sent.add, counts.send_failed.add
        self._pass_on = onward.consume

    async def consume(self, batch: B) -> None:
        """Pass `batch` on. Raises what that raises."""
        items = len(batch)
        try:
            await self._pass_on(batch)
        except PartialError as error:
            rejected = min(error.rejected, items)
            self._sent(items - rejected)
            self._failed(rejected)
            self._log.warning(
                "Exporting failed in part.", extra={"error": str(error), "dropped_items": rejected}
            )
            raise
        except BaseException as error:
            if not (self._keeps() and isinstance(error, (RetryableError, asyncio.CancelledError))):
                self._failed(items)
            raise
        self._sent(items)
