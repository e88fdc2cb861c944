"""How much memory the process uses and may use, and how to give some back."""

import ctypes
import functools
import gc
from collections.abc import Callable
from dataclasses import dataclass

from penstock_api import StartError
from penstock_api.memory import group_limits

__all__ = ("Memory", "available", "release", "resident")


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the checker reads memory and how it frees some; tests give their own.

    `used` and `available` give bytes.
    """

    used: Callable[[], int]
    available: Callable[[], int]
    release: Callable[[], None]


def resident() -> int:
    """Bytes of memory that the process occupies (RSS)."""
    import psutil  # noqa: PLC0415 - loaded when a limiter starts

    rss: int = psutil.Process().memory_info().rss
    return rss


def available() -> int:
    """Bytes that the process may use: the tightest limit of its control groups, else all of the machine's.

    Raises `StartError` when neither can be found.
    """
    import psutil  # noqa: PLC0415 - loaded when a limiter starts

    try:
        total = psutil.virtual_memory().total
    except (OSError, psutil.Error) as error:
        raise StartError(f"cannot find out how much memory there is: {error}") from error
    limits = group_limits()
    return min((total, *limits))


def release() -> None:
    """Collect garbage and hand free memory back to the operating system, where the allocator can."""
    gc.collect()
    _trim()(0)


@functools.cache
def _trim() -> Callable[[int], object]:
    """The function by which glibc lets go of freed memory; other C libraries have none, and need none."""
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return lambda _keep: None
    return trim
