"""`resources.memory_limiter`: receivers refuse while the process uses too much memory."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from penstock_api import AnyBatch, Clock, ConfigError, Consumer, Counter, Meter, RetryableError, Signal
from penstock_api.memory import group_limits, group_used, resident
from penstock_dataflow.config import DataflowConfig, MemoryLimiter
from penstock_engine import FieldLog

__all__ = ("MemoryPressure", "MemorySource", "PressureLevel")

_SOFT_SHARE: Final = 0.90
_HARD_SHARE: Final = 0.95
_RESOURCE_EXHAUSTED: Final = 8
_PATH: Final = ("policies", "resources", "memory_limiter")


class PressureLevel(IntEnum):
    """How much memory is used; the value is that of the gauge."""

    NORMAL = 0
    SOFT = 1
    HARD = 2


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Where memory is read; tests give their own. `group` is None, and `limits` empty, outside containers."""

    process: Callable[[], int] = resident
    group: Callable[[], int | None] = group_used
    limits: Callable[[], tuple[int, ...]] = group_limits


class MemoryPressure:
    """Measures again and again while `run` runs, and says whether receivers refuse."""

    def __init__(
        self,
        config: MemoryLimiter,
        *,
        clock: Clock,
        meter: Meter,
        log: FieldLog,
        source: MemorySource | None = None,
    ) -> None:
        """Raises `ConfigError` when there are no limits, and none can be found out."""
        self.level = PressureLevel.NORMAL
        self.refusing = False
        self._config = config
        self._clock = clock
        self._log = log
        self._source = source or MemorySource()
        self._soft, self._hard = self._limits()
        gap = min(self._hard - self._soft, self._soft // 10)
        self._relief = self._soft - (config.hysteresis if config.hysteresis is not None else gap)
        meter.gauge("otelcol_dataflow_memory_used", self._used, unit="By")
        meter.gauge("otelcol_dataflow_memory_level", lambda: int(self.level), unit="1")
        self._refused = {
            signal: meter.counter(
                f"otelcol_dataflow_memory_refused_{signal.items}", unit=f"{{{signal.items}}}"
            )
            for signal in Signal
        }

    @classmethod
    def of(cls, config: DataflowConfig, *, clock: Clock, meter: Meter, log: FieldLog) -> Self | None:
        """What `config` asks for; None for nothing. Raises as the constructor."""
        limiter = config.memory_limiter
        return cls(limiter, clock=clock, meter=meter, log=log) if limiter is not None else None

    @property
    def fails_readiness(self) -> bool:
        """Whether the engine is not ready for want of memory."""
        return self.level is PressureLevel.HARD and self._config.fail_readiness_on_hard

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            self.check()
            await self._clock.sleep(self._config.check_interval)

    def check(self) -> None:
        """Measure once."""
        used, before = self._used(), self.level
        self.level = self._level(used)
        self.refusing = self.level is PressureLevel.HARD and self._config.mode == "enforce"
        if self.level is before:
            return
        fields = {"level": self.level.name.lower(), "used": used, "soft": self._soft, "hard": self._hard}
        if self.level is PressureLevel.NORMAL:
            self._log.info("memory is free again", extra=fields)
        else:
            self._log.warning("memory is short", extra=fields)

    def guard(self, onward: Consumer[AnyBatch]) -> Consumer[AnyBatch]:
        """What stands between a receiver and `onward`."""
        return _Door(self, onward, self._refused, self._config.retry_after_secs)

    def _level(self, used: int) -> PressureLevel:
        if used >= self._hard:
            return PressureLevel.HARD
        if used >= self._soft or (self.level is not PressureLevel.NORMAL and used >= self._relief):
            return PressureLevel.SOFT
        return PressureLevel.NORMAL

    def _limits(self) -> tuple[int, int]:
        config = self._config
        if config.soft_limit is not None and config.hard_limit is not None:
            return config.soft_limit, config.hard_limit
        limits = self._source.limits()
        if not limits:
            raise ConfigError.single(
                "there is no container that limits memory",
                path=_PATH,
                hint="set `soft_limit` and `hard_limit`",
            )
        return int(min(limits) * _SOFT_SHARE), int(min(limits) * _HARD_SHARE)

    def _used(self) -> int:
        source = self._config.source
        in_group = source == "cgroup" or (source == "auto" and bool(self._source.limits()))
        group = self._source.group() if in_group else None
        return group if group is not None else self._source.process()


def _counter(meter: Meter, items: str) -> Counter:
    return meter.counter(f"otelcol_dataflow_memory_refused_{items}", unit=f"{{{items}}}")


class _Door:
    """Refuses batches while memory is short."""

    def __init__(
        self,
        pressure: MemoryPressure,
        onward: Consumer[AnyBatch],
        refused: dict[Signal, Counter],
        after: float,
    ) -> None:
        self._pressure = pressure
        self._pass_on = onward.consume
        self._refused = refused
        self._after = after

    async def consume(self, batch: AnyBatch, /) -> None:
        if self._pressure.refusing:
            self._refused[batch.signal].add(len(batch))
            raise RetryableError("memory is short", after=self._after, code=_RESOURCE_EXHAUSTED)
        await self._pass_on(batch)
