"""One builder at a time in an output folder, whatever becomes of the others.

The operating system holds the lock and drops it with the process that has it, so a killed builder blocks
nobody. The file says who that is; it is removed at the end, and one that is left behind means nothing.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from penstock_builder.errors import OutputError

__all__ = ("FILE", "occupied")

FILE = ".penstock.pid"

_PATIENCE = 30.0
_PAUSE = 0.05
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def occupied(output: Path, *, patience: float = _PATIENCE) -> Iterator[None]:
    """Make `output`, and have it alone; waits for another builder, then raises `OutputError` with its pid."""
    made = [folder for folder in (output, *output.parents) if not folder.exists()]
    output.mkdir(parents=True, exist_ok=True)
    file = output / FILE
    descriptor = _taken(file, time.monotonic() + patience)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps a file that is open
            file.unlink()
        os.close(descriptor)
        with suppress(OSError):  # what came to nothing leaves no empty folders
            for folder in made:
                folder.rmdir()


def _taken(file: Path, end: float) -> int:
    while True:
        descriptor = os.open(file, _FLAGS, 0o644)
        if _locked(descriptor):
            if _is_still(file, descriptor):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode())
                return descriptor
        elif time.monotonic() >= end:
            holder = os.read(descriptor, 32).decode("ascii", errors="replace").strip() or "unknown"
            os.close(descriptor)
            what = f"{file.parent}: another builder is writing here, process: {holder}"
            raise OutputError(what, "wait for it, or end it")
        else:
            time.sleep(_PAUSE)
        os.close(descriptor)


def _is_still(file: Path, descriptor: int) -> bool:
    """Whether the file that was locked is the one that others see: its last holder may have removed it."""
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _locked(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - one of the two exists

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
