"""What a component may leave behind: tasks, threads, descriptors."""

import asyncio
import gc
import threading
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from penstock_testkit.clock import settle

__all__ = ("Leaks",)

_FDS = Path("/proc/self/fd")
_LOOPS_OWN = "asyncio_"


@dataclass(frozen=True, slots=True)
class Leaks:
    """A count of what exists now. Descriptors are counted only where the system lists them."""

    found: Counter[str]

    @classmethod
    async def now(cls) -> Self:
        """Count, after all that can end has ended."""
        await settle()
        gc.collect()
        await settle()
        return cls(Counter([*_tasks(), *_threads(), *_descriptors()]))

    @classmethod
    async def after_threads(cls, known: Collection[threading.Thread], *, patience: float = 5.0) -> Self:
        """Count once threads that are not among `known` have ended; one that then has not is a leak."""
        for thread in threading.enumerate():
            if thread not in known and not thread.name.startswith(_LOOPS_OWN):
                await asyncio.to_thread(thread.join, patience)
        return await cls.now()

    def since(self, earlier: Self) -> list[str]:
        """What exists now and did not exist at `earlier`."""
        return sorted((self.found - earlier.found).elements())


def _tasks() -> list[str]:
    current = asyncio.current_task()
    return [f"task {one.get_name()}" for one in asyncio.all_tasks() if one is not current]


def _threads() -> list[str]:
    """The loop's own executor is the loop's to end."""
    return [f"thread {one.name}" for one in threading.enumerate() if not one.name.startswith(_LOOPS_OWN)]


def _descriptors() -> list[str]:
    if not _FDS.is_dir():
        return []
    return [f"descriptor of {_target(one)}" for one in _FDS.iterdir()]


def _target(descriptor: Path) -> str:
    """What a descriptor is of; the numbers of sockets and pipes differ from run to run."""
    try:
        return str(descriptor.readlink()).partition(":")[0]
    except OSError:
        return "the listing"
