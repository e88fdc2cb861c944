"""Buffers batches and has one worker send them on, joined: by size, by time, and at the end."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

from penstock_api import (
    AnyBatch,
    ConsumeError,
    Consumer,
    Deadline,
    PartialError,
    RetryableError,
    Settings,
    Timer,
)
from penstock_processor_batch.buffer import Buffer
from penstock_processor_batch.config import BatchConfig
from penstock_processor_batch.instruments import Instruments

__all__ = ("Batcher",)

B = TypeVar("B", bound=AnyBatch)
_STOPPED = "the batch processor has stopped"


class Batcher(Generic[B]):
    """The batches of one client, or of all.

    Bounded: one joined batch is being sent and one is being collected. When that one is full too, `consume`
    waits, and those who wait are served in order.
    """

    def __init__(
        self,
        settings: Settings,
        config: BatchConfig,
        onward: Consumer[B],
        buffer: Buffer[B],
        instruments: Instruments,
    ) -> None:
        self._settings = settings
        self._onward = onward
        self._buffer = buffer
        self._count = instruments
        self._timeout = config.timeout if config.send_batch_size else 0.0
        self._trigger = config.send_batch_size if self._timeout else 1
        self._capacity = max(1, config.send_batch_size)
        self._due = asyncio.Event()
        self._flush = False
        self._closing = False
        self._timer: Timer | None = None
        self._waiting: deque[tuple[B, asyncio.Future[None]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._worker = self._settings.tasks.spawn(self._run(), name="send batches")

    async def consume(self, batch: B, /) -> None:
        """Buffer `batch`; wait while the buffer is full. Raises `RetryableError` once stopped."""
        if self._buffer.items >= self._capacity or self._closing:
            await self._wait(batch)
        elif len(batch):
            self._add(batch)

    def close(self) -> None:
        """Send what is left, then stop."""
        self._closing = True
        self._due.set()

    async def finish(self, deadline: Deadline) -> None:
        """Wait until all is sent, to be called after `close`. What is left at `deadline` is dropped."""
        worker = self._worker
        if worker is None:
            self._abandon()
            return
        end = self._settings.clock.call_later(deadline.remaining(), worker.cancel)
        await asyncio.wait((worker,))
        end.cancel()

    # -- taking in ----------------------------------------------------------------------------------

    def _add(self, batch: B) -> None:
        if not self._buffer.items and self._timeout:
            self._timer = self._settings.clock.call_later(self._timeout, self._expire)
        self._buffer.add(batch)
        if self._buffer.items >= self._trigger:
            self._due.set()

    async def _wait(self, batch: B) -> None:
        if self._closing:
            raise RetryableError(_STOPPED)
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, room))
        await room

    def _refill(self) -> None:
        """Let in those who wait, in order, until the buffer is full again."""
        while self._waiting and self._buffer.items < self._capacity:
            batch, room = self._waiting.popleft()
            if not room.done():  # else its sender has gone away
                self._add(batch)
                room.set_result(None)

    def _expire(self) -> None:
        self._flush = True
        self._due.set()

    # -- sending ------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while not (self._closing and not self._buffer.items):
                batch = self._next()
                if batch is None:
                    self._due.clear()
                    await self._due.wait()
                else:
                    await self._send(batch)
        finally:
            self._abandon()

    def _next(self) -> B | None:
        """The next batch to send, if one is due."""
        by_size = self._buffer.items >= self._trigger
        if not by_size and not (self._buffer.items and (self._flush or self._closing)):
            return None
        (self._count.by_size if by_size else self._count.by_timeout).add(1)
        batch = self._buffer.take()
        self._disarm()
        self._refill()
        return batch

    def _disarm(self) -> None:
        """Start anew to measure how long items wait; what a split left over is not due before."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._flush = self._flush and self._buffer.items > 0
        if self._buffer.items and self._timeout and not self._flush:
            self._timer = self._settings.clock.call_later(self._timeout, self._expire)

    async def _send(self, batch: B) -> None:
        items = len(batch)
        self._count.size_items.record(items)
        self._count.size_bytes.record(batch.size)
        try:
            await self._onward.consume(batch)
        except PartialError as error:
            self._drop(error.rejected, str(error))
        except ConsumeError as error:
            self._drop(items, str(error))
        except BaseException as error:
            # Cancelled at the deadline, or a defect onward, of which the task's owner hears.
            self._drop(items, str(error) or type(error).__name__)
            raise

    def _drop(self, items: int, error: str) -> None:
        self._count.dropped.add(items)
        self._settings.log.warning("Sender failed", extra={"error": error, "dropped_items": items})

    def _abandon(self) -> None:
        """Nobody sends from here on: count what is left and refuse those who wait."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        while self._waiting:
            _, room = self._waiting.popleft()
            if not room.done():
                room.set_exception(RetryableError(_STOPPED))
        if left := self._buffer.clear():
            self._drop(left, "not sent before the processor stopped")
