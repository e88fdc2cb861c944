"""Batches in a SQLite file. All of it blocks: to be called in threads."""

import errno
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from penstock_api import StartError

__all__ = ("Record", "Store", "Stored", "Totals")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT, wall_ns INTEGER NOT NULL, items INTEGER NOT NULL,
    size INTEGER NOT NULL, data BLOB NOT NULL
)
"""
_FREED_PAGES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Record:
    """A batch to be stored."""

    data: bytes
    items: int
    wall_ns: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored batch, without its bytes."""

    id: int
    wall_ns: int
    items: int
    size: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What a file holds."""

    items: int
    size: int
    last_id: int


class Store:
    """One file, which one process at a time may open.

    What `apply` wrote is on the disk when it returns (`synchronous=FULL`): it survives the end of the
    process, and of the machine as far as the disk keeps what it has confirmed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def open(self) -> Totals:
        """Make or open the file. Raises `StartError`."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._connect()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise StartError(f"cannot open the buffer {self._path}: {error}") from error
            what = "is in use by another pipeline or process: give each a `path` of its own (`{copy}`)"
            taken = BlockingIOError(errno.EWOULDBLOCK, str(error))  # which says that one can hold it
            raise StartError(f"the buffer {self._path} {what}") from taken
        except (OSError, sqlite3.Error) as error:
            raise StartError(f"cannot open the buffer {self._path}: {error}") from error
        sums = "SELECT COALESCE(SUM(items), 0), COALESCE(SUM(size), 0), COALESCE(MAX(id), 0) FROM batch"
        return Totals(*self._connection.execute(sums).fetchone())

    def apply(self, added: Sequence[Record], removed: Sequence[int]) -> list[int]:
        """Store `added` and delete `removed`, all or nothing; gives the ids. Raises `sqlite3.Error`."""
        with self._lock:
            connection = self._opened()
            connection.execute("BEGIN")
            try:
                ids = [_insert(connection, record) for record in added]
                connection.executemany("DELETE FROM batch WHERE id = ?", ((one,) for one in removed))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return ids

    def after(self, cursor: int, limit: int) -> list[Stored]:
        """The first batches after the one with id `cursor`. Raises `sqlite3.Error`."""
        query = "SELECT id, wall_ns, items, size FROM batch WHERE id > ? ORDER BY id LIMIT ?"
        with self._lock:
            return [Stored(*row) for row in self._opened().execute(query, (cursor, limit))]

    def read(self, one: int) -> bytes:
        """The bytes of a batch. Raises `sqlite3.Error`."""
        with self._lock:
            row = self._opened().execute("SELECT data FROM batch WHERE id = ?", (one,)).fetchone()
        data: bytes = row[0]
        return data

    def close(self) -> None:
        """Give free pages back to the file system, and let go of the file; safe twice."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.execute(f"PRAGMA incremental_vacuum({_FREED_PAGES})").fetchall()
                connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("auto_vacuum=INCREMENTAL", "locking_mode=EXCLUSIVE", "journal_mode=WAL"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN EXCLUSIVE")  # which takes the lock, for as long as the file is open
            connection.execute(_SCHEMA)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("the buffer is closed")
        return self._connection


def _insert(connection: sqlite3.Connection, record: Record) -> int:
    row = (record.wall_ns, record.items, len(record.data), record.data)
    done = connection.execute("INSERT INTO batch (wall_ns, items, size, data) VALUES (?, ?, ?, ?)", row)
    assert done.lastrowid is not None
    return done.lastrowid
