"""The store: the database in a thread of its own, and changes that come together in one commit."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from penstock_api import Deadline, ExtensionSettings
from penstock_api.capability import CapabilityError, Delete, Put
from penstock_extension_key_value_store.config import KeyValueStoreConfig
from penstock_extension_key_value_store.database import Changes, Database

__all__ = ("Handle", "Keeping", "Store")

T = TypeVar("T")

_Waiting: TypeAlias = tuple[Changes, "asyncio.Future[None]"]


class Store:
    """All state. Reads and commits take turns in one thread."""

    def __init__(self, settings: ExtensionSettings, config: KeyValueStoreConfig) -> None:
        self._id = str(settings.id)
        self._config = config
        self._threads: ThreadPoolExecutor | None = None
        self._database: Database | None = None
        self._waiting: list[_Waiting] = []
        self._committing = False
        self._commits = settings.meter.counter(
            "otelcol_extension_key_value_store_commits", unit="{commits}", extension=self._id
        )
        self._failures = settings.meter.counter(
            "otelcol_extension_key_value_store_failures", unit="{failures}", extension=self._id
        )

    async def open(self) -> None:
        """Open the database. Raises `StartError`."""
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"store {self._id}")
        self._database = await self._in_thread(lambda: Database(self._config))

    async def close(self) -> None:
        """Close the database, after what was asked for before."""
        threads, database = self._threads, self._database
        if threads is not None and database is not None:
            await self._in_thread(database.close)
        self._threads = self._database = None
        if threads is not None:
            threads.shutdown(wait=True)

    async def get(self, namespace: str, key: str) -> bytes | None:
        """The value, or None."""
        database = self._opened()
        return await self._answered(self._in_thread(lambda: database.get(namespace, key)))

    async def keys(self, namespace: str, prefix: str) -> tuple[str, ...]:
        """The keys that begin with `prefix`, sorted."""
        database = self._opened()
        return await self._answered(self._in_thread(lambda: database.keys(namespace, prefix)))

    async def apply(self, namespace: str, changes: Sequence[Put | Delete]) -> None:
        """Make all `changes`, or none, together with those of others that wait at the same time."""
        self._opened()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(((namespace, tuple(changes)), done))
        if not self._committing:
            self._commit()
        await self._answered(done)

    def _commit(self) -> None:
        group, self._waiting = self._waiting, []
        database = self._opened()
        self._committing = True
        commit = self._in_thread(lambda: database.apply([changes for changes, _ in group]))
        commit.add_done_callback(lambda job: self._committed(job, group))

    def _committed(self, job: "asyncio.Future[list[Exception | None]]", group: list[_Waiting]) -> None:
        self._committing = False
        self._commits.add(1)
        for (_, done), error in zip(group, job.result(), strict=True):
            if not done.done():
                done.set_result(None) if error is None else done.set_exception(error)
        if self._waiting:
            self._commit()

    def _opened(self) -> Database:
        if self._database is None:
            raise self._error("the store is closed")
        return self._database

    def _in_thread(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        return asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _answered(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except sqlite3.Error as error:
            self._failures.add(1)
            raise self._error(str(error)) from error

    def _error(self, message: str) -> CapabilityError:
        return CapabilityError(self._id, "key_value_store", message)


class Keeping:
    """The lifecycle: the store is open while it runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def start(self) -> None:
        """Open the store. Raises `StartError`."""
        await self._store.open()

    async def shutdown(self, _deadline: Deadline) -> None:
        """Close the store; the commit that it waits for is short."""
        await self._store.close()


@dataclass(frozen=True, slots=True)
class Handle:
    """What consumers get: a `penstock_api.capability.KeyValueStore`."""

    _get: Callable[[str, str], Awaitable[bytes | None]]
    _apply: Callable[[str, Sequence[Put | Delete]], Awaitable[None]]
    _keys: Callable[[str, str], Awaitable[tuple[str, ...]]]

    async def get(self, namespace: str, key: str) -> bytes | None:
        """The value, or None. Raises `CapabilityError`."""
        return await self._get(namespace, key)

    async def apply(self, namespace: str, changes: Sequence[Put | Delete]) -> None:
        """Make all `changes`, or none; they are durable on return. Raises `CapabilityError`."""
        await self._apply(namespace, changes)

    async def keys(self, namespace: str, prefix: str = "") -> tuple[str, ...]:
        """The keys that begin with `prefix`, sorted. Raises `CapabilityError`."""
        return await self._keys(namespace, prefix)
