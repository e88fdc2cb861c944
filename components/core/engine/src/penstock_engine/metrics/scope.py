"""Meters for parts of a service that come and go: what they measure has their name, and ends with them."""

from collections.abc import Callable, Sequence

from penstock_api import Counter, Histogram, Meter
from penstock_engine.metrics.registry import Registry

__all__ = ("GaugePool", "MeterScope")

_Key = tuple[str, tuple[tuple[str, str], ...]]
_Read = Callable[[], float]


class GaugePool:
    """The gauges of parts that come and go. Parts that measure the same are added up."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self._reads: dict[_Key, list[_Read]] = {}

    def add(self, name: str, read: _Read, unit: str, attributes: dict[str, str]) -> Callable[[], None]:
        """Count `read` in; what is returned ends that."""
        key = name, tuple(sorted(attributes.items()))
        if key not in self._reads:
            self._reads[key] = []
            self.meter.gauge(
                name, lambda: sum(one() for one in self._reads.get(key, ())), unit=unit, **attributes
            )
        self._reads[key].append(read)

        def end() -> None:
            reads = self._reads.get(key, [])
            if read in reads:
                reads.remove(read)
            if not reads:
                self._reads.pop(key, None)
                if isinstance(self.meter, Registry):
                    self.meter.forget_gauge(name, **attributes)

        return end


class MeterScope:
    """A `penstock_api.Meter` that adds `attributes` to all, and whose gauges end with `close`."""

    def __init__(self, pool: GaugePool, **attributes: str) -> None:
        self._pool = pool
        self._attributes = attributes
        self._gauges: dict[_Key, Callable[[], None]] = {}

    def counter(self, name: str, *, unit: str = "1", **attributes: str) -> Counter:
        """The counter of that name and those attributes; it goes on where one before this scope has ended."""
        return self._pool.meter.counter(name, unit=unit, **{**self._attributes, **attributes})

    def gauge(self, name: str, read: _Read, *, unit: str = "1", **attributes: str) -> None:
        """Have `read` called whenever the value is wanted; a later one for the same name replaces it."""
        every = {**self._attributes, **attributes}
        key = name, tuple(sorted(every.items()))
        if key in self._gauges:
            self._gauges.pop(key)()
        self._gauges[key] = self._pool.add(name, read, unit, every)

    def histogram(
        self, name: str, *, bounds: Sequence[float], unit: str = "1", **attributes: str
    ) -> Histogram:
        """The histogram of that name and those attributes; it goes on as counters do."""
        every = {**self._attributes, **attributes}
        return self._pool.meter.histogram(name, bounds=bounds, unit=unit, **every)

    def close(self) -> None:
        """End every gauge."""
        while self._gauges:
            self._gauges.popitem()[1]()
