"""Runs a command several times, each in a prepared state, and takes the times of the machine at its best."""

import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ("Cost", "FailedError", "measured")


class FailedError(Exception):
    """The measured command did not do its work; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of the fastest run, and of all processors in the one that took least."""

    wall: float
    cpu: float


def measured(
    command: Sequence[str | Path],
    cwd: Path,
    *,
    rounds: int,
    before: Callable[[], object] = lambda: None,
    environment: Mapping[str, str] | None = None,
) -> Cost:
    """Run `before` and then `command`, `rounds` times; raises `FailedError`.

    Other work on the machine only ever adds to a time, so the least is what the command itself costs.
    """
    walls, cpus = [], []
    given = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(rounds):
        before()
        used, start = _used(), time.perf_counter()
        done = subprocess.run(
            [*map(str, command)],
            cwd=cwd,
            env={**given, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        walls.append(time.perf_counter() - start)
        cpus.append(_used() - used)
        if done.returncode:
            raise FailedError(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return Cost(wall=min(walls), cpu=min(cpus))


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
