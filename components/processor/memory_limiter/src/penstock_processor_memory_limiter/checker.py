"""Decides whether data is to be refused, by the memory that the process uses. One per component id."""

import asyncio
from dataclasses import dataclass
from typing import Final

from penstock_api import Report, Settings, Status
from penstock_processor_memory_limiter.config import MemoryLimiterConfig
from penstock_processor_memory_limiter.memory import Memory

__all__ = ("REFUSAL", "Checker")

REFUSAL: Final = "data refused due to high memory usage"
_MIB: Final = 1024 * 1024
_USEFUL: Final = 0.05  # a collection that frees less than this share of memory is put off the next time


@dataclass(frozen=True, slots=True)
class _Pace:
    """The shortest and the longest time between two collections, in seconds."""

    shortest: float
    longest: float


class Checker:
    """Measures memory at every tick. `refusing` is all that the processors look at, once per batch."""

    def __init__(self, settings: Settings, config: MemoryLimiterConfig, memory: Memory) -> None:
        self.refusing = False
        self._settings = settings
        self._config = config
        self._memory = memory
        self._hard = self._soft = 0
        self._soft_pace = _Pace(
            config.min_gc_interval_when_soft_limited, config.max_gc_interval_when_soft_limited
        )
        self._hard_pace = _Pace(
            config.min_gc_interval_when_hard_limited, config.max_gc_interval_when_hard_limited
        )
        self._collected_at = float("-inf")
        self._put_off = 0.0
        self._users: dict[object, Report] = {}
        self._ticking: asyncio.Task[None] | None = None

    def join(self, user: object, report: Report) -> None:
        """Check memory for `user` until it leaves, and tell `report` of its state. Raises `StartError`."""
        if self._ticking is None:
            self._set_limits()
            self._ticking = self._settings.tasks.spawn(self._tick(), name="check memory")
        self._users[user] = report

    async def leave(self, user: object) -> None:
        """Forget `user`. The last one to leave ends the checks."""
        self._users.pop(user, None)
        ticking = self._ticking
        if self._users or ticking is None:
            return
        self._ticking = None
        ticking.cancel()
        await asyncio.wait((ticking,))

    def _set_limits(self) -> None:
        config = self._config
        if config.limit_mib:
            self._hard = config.limit_mib * _MIB
            spike = config.spike_limit_mib * _MIB
        else:
            total = self._memory.available()
            self._hard = total * config.limit_percentage // 100
            spike = total * config.spike_limit_percentage // 100
        self._soft = self._hard - (spike or self._hard // 5)
        limits = {"limit_mib": self._hard // _MIB, "soft_limit_mib": self._soft // _MIB}
        self._settings.log.info("Memory limiter configured", extra=limits)

    async def _tick(self) -> None:
        while True:
            await self._settings.clock.sleep(self._config.check_interval)
            self._check()

    def _check(self) -> None:
        used = self._memory.used()
        if used >= self._soft:
            used = self._collect(used, self._hard_pace if used >= self._hard else self._soft_pace)
        else:
            self._put_off = 0.0
        refuse = used >= self._soft
        if refuse != self.refusing:
            self.refusing = refuse
            self._tell(used)

    def _collect(self, used: int, pace: _Pace) -> int:
        """Free memory, unless that was tried too recently; what is used then."""
        now = self._settings.clock.now()
        if now - self._collected_at < min(max(pace.shortest, self._put_off), pace.longest):
            return used
        self._memory.release()
        self._collected_at = now
        left = self._memory.used()
        useful = used - left >= used * _USEFUL
        self._put_off = 0.0 if useful else max(2 * self._put_off, pace.shortest, self._config.check_interval)
        return left

    def _tell(self, used: int) -> None:
        log, fields = self._settings.log, {"used_mib": used // _MIB}
        if self.refusing:
            log.warning("Memory usage is above the soft limit: refusing data", extra=fields)
        else:
            log.info("Memory usage is back within limits: accepting data", extra=fields)
        for report in self._users.values():
            if self.refusing:
                report(Status.RECOVERABLE_ERROR, REFUSAL)
            else:
                report(Status.OK)
