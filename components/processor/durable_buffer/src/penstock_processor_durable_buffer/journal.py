"""The store as the event loop sees it: what many senders write at a time is one transaction."""

import asyncio
import sqlite3
from collections.abc import Callable

from penstock_api import AnyBatch, RetryableError, Settings
from penstock_processor_durable_buffer.store import Record, Store, Stored, Totals

__all__ = ("Journal",)

_Added = tuple[Record, AnyBatch, asyncio.Future[None]]


class Journal:
    """Adds and removes batches. `on_added` is called with each one that is on the disk."""

    def __init__(
        self, settings: Settings, store: Store, on_added: Callable[[Stored, AnyBatch], None]
    ) -> None:
        self._settings = settings
        self._store = store
        self._on_added = on_added
        self._added: list[_Added] = []
        self._removed: list[int] = []
        self._work = asyncio.Event()
        self._closing = False
        self._ended = False
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> Totals:
        """Open the file and begin to write. Raises `StartError`."""
        totals = await asyncio.to_thread(self._store.open)
        self._writer = self._settings.tasks.spawn(self._run(), name="write buffer")
        return totals

    async def add(self, record: Record, batch: AnyBatch) -> None:
        """Return when `record`, which are the bytes of `batch`, is on the disk. Raises `RetryableError`."""
        if self._ended:
            raise RetryableError("cannot write to the buffer: it is closed")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._added.append((record, batch, done))
        self._work.set()
        await done

    def remove(self, one: int) -> None:
        """Delete a batch, soon: after a crash it may come again."""
        self._removed.append(one)
        self._work.set()

    async def after(self, cursor: int, limit: int) -> list[Stored]:
        """The first batches after the one with id `cursor`. Raises `sqlite3.Error`."""
        return await asyncio.to_thread(self._store.after, cursor, limit)

    async def read(self, one: int) -> bytes:
        """The bytes of a batch. Raises `sqlite3.Error`."""
        return await asyncio.to_thread(self._store.read, one)

    async def close(self) -> None:
        """Write what is to be written, and let go of the file."""
        if self._writer is None:
            return
        self._closing = True
        self._work.set()
        await asyncio.wait((self._writer,))
        self._writer = None
        await asyncio.to_thread(self._store.close)

    async def _run(self) -> None:
        try:
            while not self._closing:
                await self._work.wait()
                self._work.clear()
                await self._write()
            if self._added or self._removed:
                await self._write()
        finally:
            self._ended = True
            self._refuse(self._added, "it is closed")

    async def _write(self) -> None:
        """One transaction. When it fails senders are refused, and what is to be removed is kept in mind."""
        added, self._added = self._added, []
        removed, self._removed = self._removed, []
        try:
            ids = await asyncio.to_thread(self._store.apply, [record for record, _, _ in added], removed)
        except sqlite3.Error as error:
            self._removed = removed + self._removed
            self._settings.log.warning("cannot write to the buffer", extra={"error": str(error)})
            self._refuse(added, str(error))
            return
        for one, (record, batch, done) in zip(ids, added, strict=True):
            self._on_added(Stored(one, record.wall_ns, record.items, len(record.data)), batch)
            if not done.done():
                done.set_result(None)

    def _refuse(self, added: list[_Added], why: str) -> None:
        for _, _, done in added:
            if not done.done():
                done.set_exception(RetryableError(f"cannot write to the buffer: {why}"))
