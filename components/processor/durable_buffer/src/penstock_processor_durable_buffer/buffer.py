"""The processor: accepts what is on the disk, and hands it on until it is taken."""

import asyncio
import contextlib
from collections import deque
from pathlib import Path
from typing import Generic, TypeVar

from penstock_api import NO_CLIENT, AnyBatch, Consumer, Deadline, RetryableError, Settings, within
from penstock_processor_durable_buffer.config import DurableBufferConfig
from penstock_processor_durable_buffer.counts import Counts, Loss
from penstock_processor_durable_buffer.delivery import Delivery, Held
from penstock_processor_durable_buffer.journal import Journal
from penstock_processor_durable_buffer.space import Space
from penstock_processor_durable_buffer.store import Record, Store, Stored

__all__ = ("DurableBuffer",)

B = TypeVar("B", bound=AnyBatch)
_CHUNK = 64


class DurableBuffer(Generic[B]):
    """Accepts a batch when it is on the disk. Workers, as many as are needed, hand batches on.

    A batch that a worker can take at once goes to it from memory; others are read from the disk later, in
    the order in which they came. `_cursor` is the id up to which batches have been queued for workers.
    """

    def __init__(
        self, settings: Settings, config: DurableBufferConfig, onward: Consumer[B], kind: type[B]
    ) -> None:
        self._settings = settings
        self._kind = kind
        self._limit = config.max_in_flight
        self._counts = Counts(settings, kind.signal)
        store = Store(Path(config.path.replace("{copy}", str(settings.copy))) / f"{kind.signal}.sqlite")
        self._journal = Journal(settings, store, self._on_added)
        dropping = config.size_cap_policy == "drop_oldest"
        self._space = Space(config.retention_size_cap, self._drop_oldest if dropping else None)
        self._delivery = Delivery(
            settings, config, onward, kind=kind, journal=self._journal, counts=self._counts
        )
        self._queue: deque[Held[B]] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._fetching = asyncio.Lock()
        self._cursor = 0
        self._last = 0
        self._workers: set[asyncio.Task[None]] = set()
        self._open = False

    async def start(self) -> None:
        """Open the file; what it holds from before is handed on first. Raises `StartError`."""
        totals = await self._journal.open()
        self._counts.items, self._counts.size = totals.items, totals.size
        self._space.used = totals.size
        self._last = totals.last_id
        self._open = True
        if totals.items:
            self._call_worker()

    async def consume(self, batch: B, /) -> None:
        """Return when `batch` is on the disk. Raises `ConsumeError` when it cannot be."""
        if not self._open:
            raise RetryableError("the durable buffer has stopped")
        if not len(batch):
            return
        data = batch.to_bytes()
        await self._space.take(len(data))
        try:
            record = Record(data, len(batch), self._settings.clock.wall_ns())
            await self._journal.add(record, batch)
        except RetryableError:
            self._space.give(len(data))
            raise

    def drain(self, _deadline: Deadline) -> None:
        """A stop has begun: nobody waits for room any more."""
        self._space.end()

    async def shutdown(self, deadline: Deadline) -> None:
        """Let what is being handed on be taken, by `deadline`; all else stays on the disk."""
        if not self._open:
            return
        self._open = False
        self._space.end()
        self._delivery.stop()
        while self._idle:
            self._wake()
        if self._workers and deadline.remaining() > 0:
            with contextlib.suppress(TimeoutError):
                async with within(deadline.clock, deadline.remaining()):
                    await asyncio.wait(self._workers)
        left = tuple(self._workers)
        for worker in left:
            worker.cancel()
        if left:
            await asyncio.wait(left)
        await self._journal.close()

    # -- queueing -----------------------------------------------------------------------------------

    def _on_added(self, one: Stored, batch: AnyBatch) -> None:
        """`batch` is on the disk. Who sent it is not stored, so it is forgotten here as well."""
        self._counts.stored(one)
        caught_up, self._last = self._cursor == self._last, one.id
        if caught_up and not self._queue and (self._idle or len(self._workers) < self._limit):
            assert isinstance(batch, self._kind)
            self._cursor = one.id
            self._queue.append(Held(one, self._kind.join((batch,), NO_CLIENT)))
        self._call_worker()

    def _call_worker(self) -> None:
        if self._idle:
            self._wake()
        elif len(self._workers) < self._limit and self._open:
            worker = self._settings.tasks.spawn(self._work(), name="hand on buffered")
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def _wake(self) -> None:
        idle = self._idle.popleft()
        if not idle.done():
            idle.set_result(None)

    async def _work(self) -> None:
        while self._open:
            held = await self._next()
            if held is not None and self._open:
                if self._queue or self._cursor < self._last:
                    self._call_worker()
                if await self._delivery.deliver(held):
                    self._space.give(held.stored.size)
            elif self._open:
                idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._idle.append(idle)
                await idle

    async def _next(self) -> Held[B] | None:
        """The oldest batch that no worker has, from the queue or else from the disk."""
        if not self._queue and self._cursor < self._last:
            async with self._fetching:
                if not self._queue and self._cursor < self._last:
                    await self._fetch()
        return self._queue.popleft() if self._queue else None

    async def _fetch(self) -> None:
        found = await self._delivery.patiently(lambda: self._journal.after(self._cursor, _CHUNK))
        if found:
            self._cursor = found[-1].id
            self._queue.extend(Held(one, None) for one in found)
        elif found is not None:
            self._cursor = self._last

    async def _drop_oldest(self) -> bool:
        held = await self._next()
        if held is None:
            return False
        self._journal.remove(held.stored.id)
        self._counts.removed(held.stored)
        self._counts.lost(Loss.SIZE, held.stored.items)
        self._space.give(held.stored.size)
        return True
