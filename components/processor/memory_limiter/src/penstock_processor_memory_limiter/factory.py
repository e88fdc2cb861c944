"""The factory of the memory limiter."""

from typing import TypeVar

from penstock_api import (
    AnyBatch,
    Consumer,
    Logs,
    Metrics,
    ProcessorFactory,
    Settings,
    Signal,
    Stability,
    Traces,
)
from penstock_processor_memory_limiter.checker import Checker
from penstock_processor_memory_limiter.config import MemoryLimiterConfig
from penstock_processor_memory_limiter.memory import Memory, available, release, resident
from penstock_processor_memory_limiter.processor import MemoryLimiter

__all__ = ("factory",)

B = TypeVar("B", bound=AnyBatch)


def _create(
    settings: Settings, config: MemoryLimiterConfig, onward: Consumer[B], signal: Signal
) -> Consumer[B]:
    memory = Memory(used=resident, available=available, release=release)
    checker = settings.share(lambda: Checker(settings, config, memory))
    return MemoryLimiter(settings, signal, checker, onward)


def _traces(settings: Settings, config: MemoryLimiterConfig, onward: Consumer[Traces]) -> Consumer[Traces]:
    return _create(settings, config, onward, Signal.TRACES)


def _metrics(settings: Settings, config: MemoryLimiterConfig, onward: Consumer[Metrics]) -> Consumer[Metrics]:
    return _create(settings, config, onward, Signal.METRICS)


def _logs(settings: Settings, config: MemoryLimiterConfig, onward: Consumer[Logs]) -> Consumer[Logs]:
    return _create(settings, config, onward, Signal.LOGS)


factory = ProcessorFactory(
    kind="memory_limiter",
    config=MemoryLimiterConfig,
    create_traces=_traces,
    create_metrics=_metrics,
    create_logs=_logs,
    stability={"traces": Stability.BETA, "metrics": Stability.BETA, "logs": Stability.BETA},
)
