"""Hands one stored batch on, until it is taken, refused for good, or too old."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from penstock_api import (
    AnyBatch,
    Consumer,
    MalformedError,
    PartialError,
    RetryableError,
    Settings,
    within,
)
from penstock_processor_durable_buffer.config import DurableBufferConfig
from penstock_processor_durable_buffer.counts import Counts, Loss
from penstock_processor_durable_buffer.journal import Journal
from penstock_processor_durable_buffer.store import Stored

__all__ = ("Delivery", "Held")

B = TypeVar("B", bound=AnyBatch)
T = TypeVar("T")


@dataclass(slots=True)
class Held(Generic[B]):
    """A stored batch, and the batch itself when it is in memory."""

    stored: Stored
    batch: B | None


class Delivery(Generic[B]):
    """What one worker does with one batch."""

    def __init__(
        self,
        settings: Settings,
        config: DurableBufferConfig,
        onward: Consumer[B],
        *,
        kind: type[B],
        journal: Journal,
        counts: Counts,
    ) -> None:
        self._clock = settings.clock
        self._log = settings.log
        self._retry = config.retry
        self._max_age = config.max_age
        self._pass_on = onward.consume
        self._kind = kind
        self._journal = journal
        self._counts = counts
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Wait no more: what is refused for now stays on the disk."""
        self._stopped.set()

    async def deliver(self, held: Held[B]) -> bool:
        """Offer the batch until that is settled; False when it is left on the disk."""
        wait = self._retry.initial_interval
        while not self._too_old(held.stored):
            try:
                await self._offer(held)
            except RetryableError as error:
                self._counts.retries.add(1)
                if not await self._pause(max(wait, error.after or 0.0)):
                    return False
                wait = min(wait * self._retry.multiplier, self._retry.max_interval)
            except sqlite3.Error as error:
                self._log.warning("cannot read the buffer", extra={"error": str(error)})
                if not await self._pause(wait):
                    return False
            except Exception as error:  # noqa: BLE001 - what is not for now is for good, also a defect
                return self._settle(held.stored, error)
            else:
                return self._settle(held.stored, None)
        self._counts.lost(Loss.AGE, held.stored.items)
        return self._settle(held.stored, None)

    async def patiently(self, read: Callable[[], Awaitable[T]]) -> T | None:
        """What `read` gives, as soon as the disk can be read; None once stopped."""
        while not self._stopped.is_set():
            try:
                return await read()
            except sqlite3.Error as error:
                self._log.warning("cannot read the buffer", extra={"error": str(error)})
                await self._pause(self._retry.max_interval)
        return None

    async def _offer(self, held: Held[B]) -> None:
        """One attempt, with a copy: what is behind may change it, and then refuse it."""
        if held.batch is None:
            held.batch = self._kind.from_wire(await self._journal.read(held.stored.id))
        await self._pass_on(held.batch.copy())

    def _settle(self, stored: Stored, error: Exception | None) -> bool:
        """It is taken, or never will be."""
        text = str(error) or type(error).__name__
        if isinstance(error, PartialError):
            self._counts.lost(Loss.REFUSED, min(error.rejected, stored.items), text)
        elif isinstance(error, MalformedError):
            self._counts.lost(Loss.CORRUPT, stored.items, text)
        elif error is not None:
            self._counts.lost(Loss.REFUSED, stored.items, text)
        self._counts.removed(stored)
        self._journal.remove(stored.id)
        return True

    def _too_old(self, stored: Stored) -> bool:
        return bool(self._max_age) and self._clock.wall_ns() - stored.wall_ns > self._max_age * 1e9

    async def _pause(self, seconds: float) -> bool:
        """Wait; False when stopped."""
        try:
            async with within(self._clock, seconds):
                await self._stopped.wait()
        except TimeoutError:
            return True
        return False
