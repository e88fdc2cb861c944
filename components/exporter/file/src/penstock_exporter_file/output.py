"""One file: whole records only, rotated when full."""

import contextlib
import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock_api import Clock
from penstock_exporter_file.backups import Backups, Log
from penstock_exporter_file.config import FileConfig
from penstock_exporter_file.records import ends_whole

__all__ = ("OutputFile", "Place")

_MEGABYTE = 1024 * 1024
_MAX_BUFFERS = 1000  # the system takes 1024 at once
_MAX_RETIRED = 4
_CLOSED = -1
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
_synchronise = getattr(os, "fdatasync", os.fsync)


@dataclass(frozen=True, slots=True)
class Place:
    """What all files of one exporter have in common."""

    config: FileConfig
    clock: Clock
    log: Log


class OutputFile:
    """Appends records. Once `write` has returned, the operating system has the record.

    Not for several threads at once, but for `sync`. All methods raise `OSError`.
    """

    def __init__(self, path: Path, place: Place, *, keep: bool) -> None:
        """Open `path`; with `keep`, what it holds stays."""
        self.path = path
        self._log = place.log
        self._framed = place.config.framed
        self._limit = place.config.rotation.max_megabytes * _MEGABYTE if place.config.rotation else 0
        self._synced = place.config.flush_interval > 0
        self._one_sync = threading.Lock()
        self._backups = Backups(path, place.config.rotation, place.clock, place.log)
        self._guard = threading.Lock()
        self._retired: list[int] = []
        self._file, self._size = _CLOSED, 0
        self._regular = self._dirty = self._torn = False
        if keep:
            self._set_torn_aside()
        self._adopt(os.open(path, _FLAGS | (0 if keep else os.O_TRUNC), 0o644))
        if self._limit:
            self._backups.prune()

    def rotates_for(self, size: int) -> bool:
        """Whether a record of `size` bytes would begin a new file."""
        return self._limit > 0 and self._size > 0 and self._size + size > self._limit

    def write(self, buffers: Sequence[bytes]) -> None:
        """Write one record. When that fails, nothing of it stays in the file."""
        size = sum(map(len, buffers))
        if self._torn or self.rotates_for(size):
            self._rotate()
        if len(buffers) > _MAX_BUFFERS:
            buffers = (b"".join(buffers),)
        self._put(buffers, size)
        self._size += size
        self._dirty = True

    def sync(self) -> None:
        """Have all that was written so far reach the disk, while another thread may write or sync.

        Syncs take turns: one that follows a failed one must see that there is still something to do.
        """
        with self._one_sync:
            self._sync_files(self._take_unsynced())

    def _take_unsynced(self) -> list[int]:
        """Descriptors of what has not reached the disk, to be closed by the caller."""
        with self._guard:
            if not self._dirty or self._file == _CLOSED:
                return []
            self._dirty = False
            waiting, self._retired = self._retired, []
            if self._regular:
                waiting.append(os.dup(self._file))
            return waiting

    def _sync_files(self, waiting: list[int]) -> None:
        try:
            for file in waiting:
                _synchronise(file)
        except OSError:
            self._dirty = True
            raise
        finally:
            for file in waiting:
                os.close(file)

    def close(self) -> None:
        """Sync, if that is wanted, and let go."""
        try:
            if self._synced:
                self.sync()
        finally:
            with self._guard:
                file, self._file = self._file, _CLOSED
            os.close(file)

    # -- writing ------------------------------------------------------------------------------------

    def _put(self, buffers: Sequence[bytes], size: int) -> None:
        written = 0
        try:
            written = os.writev(self._file, buffers)
            rest = b"".join(buffers)[written:] if written < size else b""
            while rest:
                count = os.write(self._file, rest)
                written, rest = written + count, rest[count:]
        except OSError:
            self._undo(written)
            raise

    def _undo(self, written: int) -> None:
        """Take back the beginning of a record. Where that fails, the file is not written to again."""
        if not written or not self._regular:
            return
        try:
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
        except OSError as error:
            self._torn = True
            fields = {"path": str(self.path), "error": error.strerror}
            self._log.warning("Cannot take back part of a record", extra=fields)

    # -- beginning a new file -----------------------------------------------------------------------

    def _adopt(self, file: int) -> None:
        """Write to `file` from now on."""
        state = os.fstat(file)
        with self._guard:
            self._file = file
            self._regular = stat.S_ISREG(state.st_mode)
            self._size = state.st_size if self._regular else 0
            self._torn = False

    def _rotate(self) -> None:
        """Rename the file to a backup and begin a new one. When that fails, all is as it was."""
        backup = self._backups.new_path()
        with contextlib.suppress(FileNotFoundError):  # somebody else has moved it
            self.path.rename(backup)
        try:
            new = os.open(self.path, _FLAGS | os.O_EXCL, 0o644)
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                backup.rename(self.path)
            raise
        old = self._file
        self._adopt(new)
        self._retire(old)
        self._backups.prune()

    def _retire(self, file: int) -> None:
        """A full file is closed by the next `sync`, once it has reached the disk."""
        if not self._synced:
            os.close(file)
            return
        with self._guard:
            self._retired.append(file)
            self._dirty = True
        if len(self._retired) > _MAX_RETIRED:
            self.sync()

    def _set_torn_aside(self) -> None:
        """A killed process may leave half a record, which nothing may follow. It was never acknowledged."""
        if self.path.is_file() and not ends_whole(self.path, framed=self._framed):
            backup = self._backups.new_path()
            self.path.rename(backup)
            self._log.warning("Set a file aside that ends within a record", extra={"path": str(backup)})
