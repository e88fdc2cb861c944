"""Keeps freed batch buffers in the process: glibc would map and unmap each one, at a fifth of all CPU."""

import ctypes
import platform

__all__ = ("tune_allocator",)

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_KEPT_BUFFER, _FREE_BEFORE_TRIM = 1 << 30, 1 << 28


def tune_allocator() -> bool:
    """Serve large buffers from the heap; True where that took effect: with glibc."""
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BUFFER)
        and libc.mallopt(_M_TRIM_THRESHOLD, _FREE_BEFORE_TRIM)
    )
