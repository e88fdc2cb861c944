"""The generator: one batch at a time, in its rhythm."""

import asyncio
import contextlib
from typing import Any, Final  # Any: consumers of several signals

from penstock_api import (
    AnyBatch,
    ConsumeError,
    Consumer,
    Counter,
    Deadline,
    PartialError,
    Settings,
    Signal,
    within,
)
from penstock_receiver_traffic_generator.config import TrafficGeneratorConfig
from penstock_receiver_traffic_generator.making import Maker

__all__ = ("Generator",)

_PREFIX: Final = "otelcol_receiver_traffic_generator"
_BEHIND_SECONDS: Final = 1.0


class Generator:
    """Makes batches for the signals that are fed, by their weights. Awaits each outcome before the next."""

    def __init__(self, settings: Settings, config: TrafficGeneratorConfig) -> None:
        self._settings = settings
        self._clock = settings.clock
        self._traffic = config.traffic_config
        rate = self._traffic.signals_per_second
        most = self._traffic.max_batch_size
        self._size = most if rate is None else min(most, max(1, round(rate)))
        self._fresh = config.generation_strategy == "fresh"
        self._maker = Maker(config.resource_attributes, self._traffic.log_body_size_bytes)
        self._onward: dict[Signal, Consumer[Any]] = {}
        self._credit: dict[Signal, int] = {}
        self._kept: dict[tuple[Signal, int], AnyBatch] = {}
        self._counters: dict[tuple[Signal, str], Counter] = {}
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    def feed(self, kind: type[AnyBatch], onward: Consumer[Any]) -> None:
        """Make batches of `kind`, too."""
        if self._traffic.weights()[kind.signal]:
            self._onward[kind.signal] = onward
            self._credit[kind.signal] = 0
        for outcome in ("accepted", "refused"):
            self._counters[kind.signal, outcome] = self._settings.meter.counter(
                f"{_PREFIX}_{outcome}_items",
                unit="{items}",
                receiver=str(self._settings.id),
                signal=kind.signal.value,
            )

    async def start(self) -> None:
        """Begin."""
        if self._onward:
            self._task = self._settings.tasks.spawn(self._run(), name="make traffic")

    async def shutdown(self, deadline: Deadline) -> None:
        """Make no more; the outcome of the last batch is awaited until `deadline`."""
        self._stop.set()
        task, self._task = self._task, None
        if task is None:
            return
        if deadline.remaining() > 0:
            with contextlib.suppress(TimeoutError):
                async with within(self._clock, deadline.remaining()):
                    await asyncio.wait((task,))
        task.cancel()
        await asyncio.wait((task,))

    async def _run(self) -> None:
        """Batches are due at their times; what is late by more than a second is not made up for."""
        left, due = self._traffic.max_signal_count, self._clock.now()
        while left != 0 and not self._stop.is_set():
            signal = self._next_signal()
            items = self._size if left is None else min(left, self._size)
            await self._send(signal, self._batch(signal, items))
            left = None if left is None else left - items
            if self._traffic.signals_per_second is None:
                await asyncio.sleep(0)  # what is behind may never wait, and others have work to do
                continue
            due = max(due, self._clock.now() - _BEHIND_SECONDS) + items / self._traffic.signals_per_second
            await self._wait(due - self._clock.now())

    async def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        with contextlib.suppress(TimeoutError):
            async with within(self._clock, seconds):
                await self._stop.wait()

    def _next_signal(self) -> Signal:
        """Each in its turn, as often as its weight says, spread evenly."""
        weights = self._traffic.weights()
        for signal in self._credit:
            self._credit[signal] += weights[signal]
        chosen = max(self._credit, key=lambda signal: self._credit[signal])
        self._credit[chosen] -= sum(weights[signal] for signal in self._credit)
        return chosen

    def _batch(self, signal: Signal, items: int) -> AnyBatch:
        if self._fresh:
            return self._maker.make(signal, items, self._clock.wall_ns())
        if (signal, items) not in self._kept:
            self._kept[signal, items] = self._maker.make(signal, items, self._clock.wall_ns())
        return self._kept[signal, items].copy()

    async def _send(self, signal: Signal, batch: AnyBatch) -> None:
        items = len(batch)
        refused = items
        try:
            await self._onward[signal].consume(batch)
            refused = 0
        except PartialError as error:
            refused = min(items, error.rejected)
        except ConsumeError:
            pass  # counted as refused; nothing is lost with it
        finally:
            self._counters[signal, "accepted"].add(items - refused)
            self._counters[signal, "refused"].add(refused)
