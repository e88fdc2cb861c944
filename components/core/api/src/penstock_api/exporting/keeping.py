"""Keeps batches in a store until their outcome is known: what was accepted outlives the process."""

import asyncio
import itertools
import secrets
from collections.abc import Iterable
from typing import Final

from penstock_api.batch import AnyBatch, batch_type
from penstock_api.capability import (
    KEY_VALUE_STORE,
    CapabilityError,
    Delete,
    KeyValueStore,
    Put,
)
from penstock_api.clock import Deadline, within
from penstock_api.errors import MalformedError, RetryableError, StartError
from penstock_api.exporting.config import SENDING_QUEUE
from penstock_api.exporting.stored import StoredKey, pack, unpack
from penstock_api.settings import Settings
from penstock_api.signal import Signal

__all__ = ("Keeping", "keeping")

_AGAIN_SECONDS: Final = 1.0


def keeping(settings: Settings, signal: Signal, storage: str) -> "Keeping | None":
    """What keeps the batches of one exporter and signal; None when no store is bound.

    Raises `CapabilityNotBoundError` when the config names one in `storage` and none is bound.
    """
    claim = settings.capabilities.require if storage else settings.capabilities.optional
    store = claim(KEY_VALUE_STORE, SENDING_QUEUE)
    return Keeping(settings, signal, store) if store is not None else None


class Keeping:
    """The batches of one exporter and signal in a store: written before they are accepted, removed when done.

    A batch that was being sent when the process was killed is sent again: at least once, never lost.
    """

    def __init__(self, settings: Settings, signal: Signal, store: KeyValueStore) -> None:
        self._settings = settings
        self._store = store
        self._kind = batch_type(signal)
        parts = (settings.kind.value, settings.scope, str(settings.id), signal.value)
        self._namespace = "/".join(part for part in parts if part)
        self._run = secrets.token_hex(4)
        self._numbers = itertools.count()
        self._done: set[StoredKey] = set()
        self._news = asyncio.Event()
        self._remover: asyncio.Task[None] | None = None

    async def open(self) -> tuple[StoredKey, ...]:
        """What an earlier process left, oldest first. Raises `StartError` when the store cannot be read."""
        try:
            names = await self._store.keys(self._namespace)
        except CapabilityError as error:
            raise StartError(f"cannot read the stored queue: {error}") from error
        left = sorted(self._read_keys(names))
        self._numbers = itertools.count(left[-1].number + 1 if left else 0)
        self._remover = self._settings.tasks.spawn(self._remove(), name="remover of what was sent")
        return tuple(left)

    def key(self, batch: AnyBatch) -> StoredKey:
        """A key for a batch that is to be kept."""
        return StoredKey(next(self._numbers), self._run, len(batch), batch.size)

    async def keep(self, key: StoredKey, batch: AnyBatch) -> None:
        """Store `batch`; on return it is durable. Raises `RetryableError` when it cannot be."""
        try:
            await self._store.apply(self._namespace, (Put(str(key), pack(batch)),))
        except CapabilityError as error:
            raise RetryableError(f"the batch cannot be stored: {error}") from error
        except asyncio.CancelledError:  # it may have been stored, and nobody will take it for accepted
            self.forget(key)
            raise

    async def read(self, key: StoredKey) -> AnyBatch | None:
        """The batch of `key`; None, after a word in the log, for what can never be sent.

        Waits until the store can be read.
        """
        while True:
            try:
                value = await self._store.get(self._namespace, str(key))
            except CapabilityError as error:
                self._settings.log.warning("stored batch cannot be read now", extra={"error": str(error)})
                await self._settings.clock.sleep(_AGAIN_SECONDS)
                continue
            return self._unpacked(key, value)

    def forget(self, key: StoredKey) -> None:
        """Remove the batch of `key`, soon."""
        self._done.add(key)
        self._news.set()

    async def close(self, deadline: Deadline) -> None:
        """Remove what is still to be removed, by `deadline`; what is not will be sent again."""
        remover, self._remover = self._remover, None
        if remover is None:
            return
        remover.cancel()
        await asyncio.wait((remover,))
        try:
            async with within(deadline.clock, max(deadline.remaining(), 0.1)):
                await self._remove_done()
        except (CapabilityError, TimeoutError) as error:
            extra = {"batches": len(self._done), "error": str(error)}
            self._settings.log.warning("batches that were sent stay stored and are sent again", extra=extra)

    def _read_keys(self, names: Iterable[str]) -> Iterable[StoredKey]:
        for name in names:
            try:
                yield StoredKey.parse(name)
            except ValueError:
                extra = {"key": name}
                self._settings.log.warning("what is stored is not the queue's and stays", extra=extra)

    def _unpacked(self, key: StoredKey, value: bytes | None) -> AnyBatch | None:
        problem: object = "it is gone"
        if value is not None:
            try:
                batch: AnyBatch = unpack(self._kind, value)
            except (AttributeError, KeyError, MalformedError, TypeError, ValueError) as error:
                problem = error
            else:
                return batch
        extra = {"error": str(problem), "dropped_items": key.items}
        self._settings.log.error("Stored batch cannot be read. Dropping data.", extra=extra)
        return None

    async def _remove(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._remove_done()
            except CapabilityError as error:
                self._settings.log.warning("what was sent cannot be removed now", extra={"error": str(error)})
                self._news.set()
                await self._settings.clock.sleep(_AGAIN_SECONDS)

    async def _remove_done(self) -> None:
        keys = tuple(self._done)
        if keys:
            await self._store.apply(self._namespace, [Delete(str(key)) for key in keys])
            self._done.difference_update(keys)
