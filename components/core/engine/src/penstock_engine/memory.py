"""A process and its memory: buffers are kept for the next batch, and given back when it is calm."""

import ctypes
import gc
import platform
from typing import Final

from penstock_api import Clock, Timer

__all__ = ("Memory",)

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_KEPT_BUFFER, _FREE_BEFORE_TRIM = 1 << 30, 1 << 28
_SECONDS: Final = 30.0
_WORTH: Final = 16 << 20


class Memory:
    """The memory of this process. One object does for its whole life; without glibc it only minds garbage."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._libc = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
        self._timer: Timer | None = None

    def tune(self) -> bool:
        """Serve large buffers from the heap: glibc would map and unmap each one, at a fifth of all CPU.

        To be called before there are any. True where it took effect.
        """
        libc = self._libc
        return libc is not None and bool(
            libc.mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BUFFER)
            and libc.mallopt(_M_TRIM_THRESHOLD, _FREE_BEFORE_TRIM)
        )

    def settle(self) -> None:
        """What start-up has made lives as long as the service: from now on the collector need not look at it.

        What a service before this one left behind is frozen too, and must be let go of first. What the heap
        holds and nobody uses is given back to the system, now and twice a minute.
        """
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self.trim()
        self.stop()
        if self._libc is not None:
            self._timer = self._clock.call_later(_SECONDS, self._look)

    def stop(self) -> None:
        """Look after nothing any more; safe twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def unused(self) -> int:
        """Bytes that the heap holds for later; 0 where that is not known."""
        if self._libc is None or not hasattr(self._libc, "mallinfo2"):
            return 0
        self._libc.mallinfo2.restype = _MallInfo
        free: int = self._libc.mallinfo2().free
        return free

    def trim(self) -> None:
        """Give the system what nobody uses."""
        if self._libc is not None:
            self._libc.malloc_trim(0)

    def _look(self) -> None:
        if self.unused >= _WORTH:
            self.trim()
        self._timer = self._clock.call_later(_SECONDS, self._look)


class _MallInfo(ctypes.Structure):
    """What `mallinfo2(3)` returns; only `free` is read."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "chunks", "fast", "maps", "mapped", "most", "fast_free", "used", "free", "top")
    ]
