"""What a process and its children have used: CPU time and memory."""

import re
import time
from pathlib import Path
from typing import Final

import psutil

__all__ = ("cpu_seconds", "peak_memory", "resident_memory")

_SCHEDULED: Final = 2  # CPUCLOCK_SCHED: the clock of all threads of a process, ended ones too, in nanoseconds
_KIB: Final = 1024


def cpu_seconds(pid: int) -> float:
    """CPU time of the process tree of `pid`, user and system."""
    return sum(map(_clock, _tree(pid)))


def resident_memory(pid: int) -> int:
    """Bytes that the process tree of `pid` holds in memory now."""
    return sum(_status(one, "VmRSS") for one in _tree(pid))


def peak_memory(pid: int) -> int:
    """The most bytes that the processes of the tree of `pid` have held, each in its own worst moment."""
    return sum(_status(one, "VmHWM") for one in _tree(pid))


def _tree(pid: int) -> tuple[int, ...]:
    return (pid, *(child.pid for child in psutil.Process(pid).children(recursive=True)))


def _clock(pid: int) -> float:
    return time.clock_gettime_ns((~pid << 3) | _SCHEDULED) / 1e9  # what clock_getcpuclockid(3) returns


def _status(pid: int, key: str) -> int:
    found = re.search(rf"^{key}:\s*(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None, key
    return int(found[1]) * _KIB
