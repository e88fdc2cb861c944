"""Instruments that cost one addition per call, and the registry that reads them."""

import bisect
import functools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from penstock_api import Series

__all__ = ("Registry", "labels")

_FORBIDDEN = re.compile(r"[^a-zA-Z0-9_]")


class _Counter:
    """A sum that only grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def add(self, amount: float, /) -> None:
        self.value += amount


class _Histogram:
    """Counts per bucket; `counts` has one more than `bounds`, for what lies above."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def record(self, value: float, /) -> None:
        self.counts[bisect.bisect_left(self.bounds, value)] += 1
        self.total += value


_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class Registry:
    """Every instrument of one service: the runtime's side of `penstock_api.Meter`.

    The unit of a name is the one that it was first given.
    """

    _counters: dict[_Key, _Counter] = field(default_factory=dict)
    _gauges: dict[_Key, Callable[[], float]] = field(default_factory=dict)
    _histograms: dict[_Key, _Histogram] = field(default_factory=dict)
    _units: dict[str, str] = field(default_factory=dict)

    def counter(self, name: str, *, unit: str = "1", **attributes: str) -> _Counter:
        """The counter of that name and those attributes."""
        self._units.setdefault(name, unit)
        return self._counters.setdefault(_key(name, attributes), _Counter())

    def gauge(self, name: str, read: Callable[[], float], *, unit: str = "1", **attributes: str) -> None:
        """Have `read` called whenever the value is wanted; a later one for the same name replaces it."""
        self._units.setdefault(name, unit)
        self._gauges[_key(name, attributes)] = read

    def forget_gauge(self, name: str, **attributes: str) -> None:
        """Show the gauge of that name and those attributes no more."""
        self._gauges.pop(_key(name, attributes), None)

    def histogram(
        self, name: str, *, bounds: Sequence[float], unit: str = "1", **attributes: str
    ) -> _Histogram:
        """The histogram of that name and those attributes."""
        self._units.setdefault(name, unit)
        return self._histograms.setdefault(_key(name, attributes), _Histogram(bounds))

    def series(self) -> Iterator[Series]:
        """All values now, each name's series together."""
        units = self._units
        for (name, attributes), counter in sorted(self._counters.items(), key=_by_key):
            yield Series(name, "counter", dict(attributes), counter.value, unit=units[name])
        for (name, attributes), read in sorted(self._gauges.items(), key=_by_key):
            yield Series(name, "gauge", dict(attributes), _reading(read), unit=units[name])
        for (name, attributes), histogram in sorted(self._histograms.items(), key=_by_key):
            yield from _parts(name, dict(attributes), histogram, units[name])

    def snapshot(self) -> dict[str, float]:
        """All values now, by `name{key="value",...}`."""
        return {f"{one.name}{one.suffix}{labels(one.attributes)}": one.value for one in self.series()}


def _reading(read: Callable[[], float]) -> float:
    """What `read` gives. One that fails costs no more than its own value: all others are still wanted."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - it is any component's code
        return math.nan


def labels(attributes: Mapping[str, str]) -> str:
    """Attributes as Prometheus writes labels; nothing when there are none.

    Prometheus refuses a page with a name that it does not know or has twice: values of names that become the
    same are joined by `;`.
    """
    if not attributes:
        return ""
    named: dict[str, str] = {}
    for key, value in attributes.items():
        name = _label(key)
        named[name] = f"{named[name]};{value}" if name in named else value
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in named.items()) + "}"


@functools.cache
def _label(key: str) -> str:
    """`key` as Prometheus can name a label: letters, digits and `_`, no digit first."""
    name = _FORBIDDEN.sub("_", key)
    return f"_{name}" if name[:1].isdigit() or not name else name


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _key(name: str, attributes: Mapping[str, str]) -> _Key:
    return name, tuple(sorted(attributes.items()))


def _by_key(item: tuple[_Key, object]) -> _Key:
    return item[0]


def _parts(name: str, attributes: dict[str, str], histogram: _Histogram, unit: str) -> Iterator[Series]:
    below = 0
    for bound, count in zip((*map(repr, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        below += count
        yield Series(name, "histogram", {**attributes, "le": bound}, below, "_bucket", unit)
    yield Series(name, "histogram", attributes, histogram.total, "_sum", unit)
    yield Series(name, "histogram", attributes, below, "_count", unit)
