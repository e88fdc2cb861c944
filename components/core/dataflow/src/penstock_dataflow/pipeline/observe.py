"""What the nodes and channels of a pipeline tell of themselves; when that is off, nothing is in the way."""

from collections.abc import Mapping
from typing import Final, Literal

from penstock_api import (
    AnyBatch,
    Clock,
    Consumer,
    Counter,
    Histogram,
    Meter,
    PartialError,
    RetryableError,
    Signal,
)
from penstock_dataflow.config import MetricsLevel, NodeConfig
from penstock_engine import Channel

__all__ = ("Observer",)

_Outcome = Literal["success", "failure", "refused", "partial"]
_OUTCOMES: Final[tuple[_Outcome, ...]] = ("success", "failure", "refused", "partial")
_BOUNDS: Final = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
_LEVELS: Final[tuple[MetricsLevel, ...]] = ("none", "basic", "normal", "detailed")


class Observer:
    """Wraps what the nodes of one pipeline take and send, as far as `level` asks for it.

    `basic` measures channels; `normal` also counts the batches that nodes take and send, by outcome, and
    items of nodes that ask for it; `detailed` counts all items, and measures how long outcomes take.
    """

    def __init__(self, level: MetricsLevel, meter: Meter, clock: Clock) -> None:
        self._level = _LEVELS.index(level)
        self._meter = meter
        self._clock = clock

    def channel(self, channel: "Channel[AnyBatch]", **attributes: str) -> None:
        """Measure what waits in `channel`."""
        if self._level >= _LEVELS.index("basic"):
            unit = "{batches}"
            name = "otelcol_dataflow_channel"
            self._meter.gauge(f"{name}_depth", lambda: channel.depth, unit=unit, **attributes)
            self._meter.gauge(f"{name}_capacity", lambda: channel.capacity, unit=unit, **attributes)

    def consumed(self, node: NodeConfig, taker: Consumer[AnyBatch]) -> Consumer[AnyBatch]:
        """`taker`, or something before it that sees what it is given."""
        return self._seen("consumed", node, taker)

    def produced(self, node: NodeConfig, taker: Consumer[AnyBatch]) -> Consumer[AnyBatch]:
        """`taker`, which is behind one output of `node`, or something before it."""
        return self._seen("produced", node, taker)

    def _seen(self, what: str, node: NodeConfig, taker: Consumer[AnyBatch]) -> Consumer[AnyBatch]:
        if self._level < _LEVELS.index("normal"):
            return taker
        is_detailed = self._level >= _LEVELS.index("detailed")
        counting = _Counting(taker, self._meter, what, node.id, items=is_detailed or node.item_counts)
        return _Timing(counting, self._meter, self._clock, what, node.id) if is_detailed else counting


class _Counting:
    """Counts batches by signal and outcome, and items where that is wanted."""

    def __init__(self, taker: Consumer[AnyBatch], meter: Meter, what: str, node: str, *, items: bool) -> None:
        self._pass_on = taker.consume
        self._batches = _by_outcome(meter, f"otelcol_dataflow_node_{what}_batches", "{batches}", node)
        self._items = (
            _by_outcome(meter, f"otelcol_dataflow_node_{what}_items", "{items}", node) if items else None
        )

    async def consume(self, batch: AnyBatch, /) -> None:
        signal, items = batch.signal, len(batch) if self._items is not None else 0
        outcome: _Outcome = "failure"
        try:
            await self._pass_on(batch)
            outcome = "success"
        except PartialError as error:
            outcome = "partial"
            items -= self._note_rejected(signal, min(error.rejected, items))
            raise
        except RetryableError:
            raise
        except Exception:
            outcome = "refused"
            raise
        finally:
            self._batches[signal, outcome].add(1)
            if self._items is not None:
                self._items[signal, outcome].add(items)

    def _note_rejected(self, signal: Signal, items: int) -> int:
        if self._items is not None:
            self._items[signal, "refused"].add(items)
        return items


class _Timing:
    """Measures how long the outcome of a batch takes."""

    def __init__(self, taker: Consumer[AnyBatch], meter: Meter, clock: Clock, what: str, node: str) -> None:
        self._pass_on = taker.consume
        self._now = clock.now
        name = f"otelcol_dataflow_node_{what}_duration"
        self._durations: Mapping[Signal, Histogram] = {
            signal: meter.histogram(name, bounds=_BOUNDS, unit="s", node=node, signal=signal.value)
            for signal in Signal
        }

    async def consume(self, batch: AnyBatch, /) -> None:
        signal, begun = batch.signal, self._now()
        try:
            await self._pass_on(batch)
        finally:
            self._durations[signal].record(self._now() - begun)


def _by_outcome(meter: Meter, name: str, unit: str, node: str) -> Mapping[tuple[Signal, _Outcome], Counter]:
    return {
        (signal, outcome): meter.counter(name, unit=unit, node=node, signal=signal.value, outcome=outcome)
        for signal in Signal
        for outcome in _OUTCOMES
    }
