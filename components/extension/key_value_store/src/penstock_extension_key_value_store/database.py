"""The file: all of SQLite is here. Every method blocks, and all are called from one thread."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from penstock_api import StartError
from penstock_api.capability import Delete, Put
from penstock_extension_key_value_store.config import KeyValueStoreConfig

__all__ = ("Changes", "Database")

Changes: TypeAlias = tuple[str, Sequence[Put | Delete]]
"""A namespace, and what is to change in it."""

_MEGABYTE: Final = 1 << 20
_LOCKED_SECONDS: Final = 1.0
"""How long to wait for another process that has the file: it may be about to end."""
_TABLE: Final = """CREATE TABLE IF NOT EXISTS entries
    (namespace TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (namespace, key)) WITHOUT ROWID"""
_PUT: Final = "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
_DELETE: Final = "DELETE FROM entries WHERE namespace = ? AND key = ?"
_GET: Final = "SELECT value FROM entries WHERE namespace = ? AND key = ?"
_KEYS: Final = "SELECT key FROM entries WHERE namespace = ? AND substr(key, 1, ?) = ? ORDER BY key"


class Database:
    """One open database."""

    def __init__(self, config: KeyValueStoreConfig) -> None:
        """Open it, and make the table. Raises `StartError`."""
        try:
            self._db = _connected(config)
        except sqlite3.Error as error:
            raise StartError(f"cannot use `path` as a store: {error}: {config.path}") from error

    def close(self) -> None:
        """Nothing can be done with it any more."""
        self._db.close()

    def get(self, namespace: str, key: str) -> bytes | None:
        """The value, or None. Raises `sqlite3.Error`."""
        found = self._db.execute(_GET, (namespace, key)).fetchone()
        return None if found is None else bytes(found[0])

    def keys(self, namespace: str, prefix: str) -> tuple[str, ...]:
        """The keys that begin with `prefix`, sorted. Raises `sqlite3.Error`."""
        return tuple(key for (key,) in self._db.execute(_KEYS, (namespace, len(prefix), prefix)))

    def apply(self, group: Sequence[Changes]) -> "list[Exception | None]":
        """Make all changes of each of `group`, or none of that one; returns what went wrong with each."""
        try:
            self._commit(group)
        except Exception as error:  # noqa: BLE001 - also a value that SQLite cannot take: its giver is told
            return [error] if len(group) == 1 else [self.apply([one])[0] for one in group]
        return [None] * len(group)

    def _commit(self, group: Iterable[Changes]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for namespace, changes in group:
                for change in changes:
                    self._change(namespace, change)
            self._db.execute("COMMIT")
        except Exception:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _change(self, namespace: str, change: Put | Delete) -> None:
        match change:
            case Put(key, value):
                self._db.execute(_PUT, (namespace, key, value))
            case Delete(key):
                self._db.execute(_DELETE, (namespace, key))


def _connected(config: KeyValueStoreConfig) -> sqlite3.Connection:
    database = sqlite3.connect(config.path or ":memory:", isolation_level=None, timeout=_LOCKED_SECONDS)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if config.fsync else 'NORMAL'}")
        database.execute("PRAGMA auto_vacuum = FULL")
        (size,) = database.execute("PRAGMA page_size").fetchone()
        database.execute(f"PRAGMA max_page_count = {config.max_megabytes * _MEGABYTE // size}")
        database.execute(_TABLE)
    except sqlite3.Error:
        database.close()
        raise
    return database
