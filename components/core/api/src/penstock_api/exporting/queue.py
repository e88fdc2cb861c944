"""The sending queue: takes batches at once and sends them by a fixed number of senders."""

import asyncio
from functools import partial
from typing import Generic, TypeVar

from penstock_api.batch import AnyBatch
from penstock_api.clock import Deadline, within
from penstock_api.consumer import Consumer
from penstock_api.errors import ConsumeError, PartialError, RetryableError
from penstock_api.exporting.batching import SIZERS, Batching
from penstock_api.exporting.config import QueueConfig
from penstock_api.exporting.counting import Counts
from penstock_api.exporting.entry import Entry, Unit
from penstock_api.exporting.keeping import Keeping
from penstock_api.exporting.room import Room
from penstock_api.exporting.stored import StoredKey
from penstock_api.settings import Settings
from penstock_api.signal import Signal

__all__ = ("Queue",)

B = TypeVar("B", bound=AnyBatch)


class Queue(Generic[B]):
    """Accepts what it has room for; what is on its way counts until its outcome is known.

    With `kept` what it holds is stored: what was not sent before the end is sent after the next start.
    """

    def __init__(
        self,
        settings: Settings,
        signal: Signal,
        config: QueueConfig,
        counts: Counts,
        onward: Consumer[B],
        *,
        hint: str = "",
        kept: Keeping | None = None,
    ) -> None:
        """`hint` is added to the log when data is dropped."""
        self._settings = settings
        self._config = config
        self._counts = counts
        self._onward = onward
        self._hint = {"hint": hint} if hint else {}
        self._signal = signal
        self._sizer = SIZERS[config.sizer]
        self._room = Room(config.queue_size, block=config.block_on_overflow)
        # Not bounded by itself: whatever is in it has reserved room.
        self._ready: asyncio.Queue[Unit[B] | None] = asyncio.Queue()
        self._batching: Batching[B] | None = None
        if config.batch is not None:
            sizer = SIZERS[config.batch.sizer]
            self._batching = Batching(settings.clock, config.batch, sizer, self._ready.put_nowait)
        self._senders: tuple[asyncio.Task[None], ...] = ()
        self._kept = kept
        self._restorer: asyncio.Task[None] | None = None
        self._is_closed = False
        self._stays = 0
        self._measure()

    def _measure(self) -> None:
        labels = {"exporter": str(self._settings.id), "data_type": self._signal.value}
        gauge, capacity = self._settings.meter.gauge, self._config.queue_size
        gauge("otelcol_exporter_queue_size", lambda: self._room.used, **labels)
        gauge("otelcol_exporter_queue_capacity", lambda: capacity, **labels)

    @property
    def keeps(self) -> bool:
        """Whether what cannot be sent now is sent after the next start."""
        return self._is_closed and self._kept is not None and not self._config.wait_for_result

    async def start(self) -> None:
        """Begin to send, first what is stored. Raises `StartError` when the store cannot be read."""
        left = await self._kept.open() if self._kept is not None else ()
        for key in left:
            self._room.occupy(self._size_of(key))
        if left:
            self._settings.log.info("Sending what is stored.", extra={"batches": len(left)})
            self._restorer = self._settings.tasks.spawn(self._restore(left), name=f"{self._signal} restorer")
        self._senders = tuple(
            self._settings.tasks.spawn(self._send(), name=f"{self._signal} sender {number}")
            for number in range(self._config.num_consumers)
        )

    async def consume(self, batch: B) -> None:
        """Accept `batch`. Raises `ConsumeError` when there is no room, or as `wait_for_result` asks."""
        size = self._sizer(batch)
        try:
            await self._room.reserve(size)
        except BaseException:
            self._counts.enqueue_failed.add(len(batch))
            raise
        key = await self._store(batch, size) if self._kept is not None else None
        if key is not None and self._is_closed:
            self._room.release(size)
            return  # it is durable, and sent after the next start
        result = asyncio.get_running_loop().create_future() if self._config.wait_for_result else None
        self._enter(batch, Entry(len(batch), partial(self._finished, size, key), result))
        if result is not None:
            await result

    async def drain(self, deadline: Deadline) -> None:
        """Send what is left, by `deadline`; what is then still here is counted and logged."""
        self._is_closed = True
        self._room.close()
        if self._restorer is not None:
            self._restorer.cancel()
            await asyncio.wait((self._restorer,))
        if self._batching is not None:
            self._batching.flush()
        senders, self._senders = self._senders, ()
        for _ in senders:
            self._ready.put_nowait(None)
        try:
            if senders:
                await self._finish(senders, deadline)
        finally:
            self._give_up()
            if self._kept is not None:
                await self._kept.close(deadline)

    def _give_up(self) -> None:
        """Count and log what nobody will send any more, or not before the next start."""
        while not self._ready.empty():
            unit = self._ready.get_nowait()
            if unit is not None:
                if not self.keeps:
                    self._counts.send_failed.add(len(unit.batch))
                self._settle(unit, RetryableError("exporter stopped before it was sent"))
        if self._stays:
            self._settings.log.info(
                "What is stored will be sent after the next start.", extra={"items": self._stays}
            )

    def _enter(self, batch: B, entry: Entry) -> None:
        if self._batching is None:
            self._ready.put_nowait(Unit(batch, ((entry, len(batch)),)))
        else:
            self._batching.add(batch, entry)

    async def _store(self, batch: B, size: int) -> StoredKey:
        """Make `batch` durable. Raises `RetryableError`, and then it is not here."""
        assert self._kept is not None
        key = self._kept.key(batch)
        try:
            await self._kept.keep(key, batch)
            self._check_open(key)
        except BaseException:
            self._room.release(size)
            self._counts.enqueue_failed.add(len(batch))
            raise
        return key

    def _check_open(self, key: StoredKey) -> None:
        """Raise `RetryableError` when who waits for the result would wait for ever."""
        if self._is_closed and self._config.wait_for_result and self._kept is not None:
            self._kept.forget(key)
            raise RetryableError("exporter is shutting down")

    async def _restore(self, left: tuple[StoredKey, ...]) -> None:
        """Put into the queue what an earlier process accepted, one batch after the other."""
        assert self._kept is not None
        for key in left:
            size, batch = self._size_of(key), await self._kept.read(key)
            if batch is None:
                self._counts.send_failed.add(key.items)
                self._finished(size, key, None)
            else:
                entry = Entry(len(batch), partial(self._finished, size, key), None)
                self._enter(batch, entry)  # type: ignore[arg-type] # only batches of this signal are kept here

    def _finished(self, size: int, key: StoredKey | None, error: ConsumeError | None) -> None:
        self._room.release(size)
        if key is not None and self._kept is not None:
            if self.keeps and isinstance(error, RetryableError):
                self._stays += key.items
            else:
                self._kept.forget(key)

    def _size_of(self, key: StoredKey) -> int:
        return {"requests": 1, "items": key.items, "bytes": key.size}[self._config.sizer]

    async def _finish(self, senders: tuple[asyncio.Task[None], ...], deadline: Deadline) -> None:
        try:
            async with within(deadline.clock, deadline.remaining()):
                await asyncio.wait(senders)
        except TimeoutError:
            for sender in senders:
                sender.cancel()
            await asyncio.wait(senders)

    async def _send(self) -> None:
        """One sender: sends one batch after another until the queue is drained."""
        while (unit := await self._ready.get()) is not None:
            # What stands if the attempt is cancelled, or ends in a way that consumers promise not to end in.
            error: ConsumeError | None = RetryableError("exporter stopped while it was sent")
            try:
                await self._onward.consume(unit.batch)
                error = None
            except ConsumeError as failure:
                error = failure
            finally:
                self._settle(unit, error)

    def _settle(self, unit: Unit[B], error: ConsumeError | None) -> None:
        told = self._config.wait_for_result or isinstance(error, PartialError)
        told = told or (self.keeps and isinstance(error, RetryableError))
        if error is not None and not told:
            fields = {"error": str(error), "dropped_items": len(unit.batch), **self._hint}
            self._settings.log.error("Exporting failed. Dropping data.", extra=fields)
        unit.settle(error)
