"""Instruments that remember what they were told."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from penstock_api import Counter, Histogram

__all__ = ("RecordingMeter",)

S = TypeVar("S", "_Counter", "_Histogram")
_Key = tuple[str, frozenset[tuple[str, str]]]


class _Counter:
    def __init__(self) -> None:
        self.value = 0.0

    def add(self, amount: float, /) -> None:
        if amount < 0:
            raise AssertionError(f"a counter only grows: {amount}")
        self.value += amount

    def read(self) -> float:
        return self.value


class _Histogram:
    def __init__(self) -> None:
        self.recorded: list[float] = []

    def record(self, value: float, /) -> None:
        self.recorded.append(value)

    def read(self) -> float:
        return float(len(self.recorded))


class _Gauge:
    def __init__(self, read: Callable[[], float]) -> None:
        self.read = read


class RecordingMeter:
    """A `penstock_api.Meter` that can be asked what was counted."""

    def __init__(self) -> None:
        self._series: dict[_Key, _Counter | _Gauge | _Histogram] = {}
        self.units: dict[str, str] = {}

    def counter(self, name: str, *, unit: str = "1", **attributes: str) -> Counter:
        """The counter of `name` and `attributes`."""
        return self._get(_Counter, name, unit, attributes)

    def gauge(self, name: str, read: Callable[[], float], *, unit: str = "1", **attributes: str) -> None:
        """Read by `value`; the last `read` given for a series counts."""
        self.units[name] = unit
        self._series[_key(name, attributes)] = _Gauge(read)

    def histogram(
        self, name: str, *, bounds: Sequence[float], unit: str = "1", **attributes: str
    ) -> Histogram:
        """The histogram of `name` and `attributes`."""
        if list(bounds) != sorted(bounds):
            raise AssertionError(f"histogram bounds must grow: {list(bounds)}")
        return self._get(_Histogram, name, unit, attributes)

    def value(self, name: str, **attributes: str) -> float:
        """The sum over the series of `name` that have `attributes`; a histogram counts its records."""
        return sum(series.read() for series in self._find(name, attributes))

    def recorded(self, name: str, **attributes: str) -> list[float]:
        """What the histogram was told, in order."""
        found = self._find(name, attributes)
        return [value for series in found if isinstance(series, _Histogram) for value in series.recorded]

    @property
    def names(self) -> frozenset[str]:
        """The names of all instruments asked for."""
        return frozenset(name for name, _ in self._series)

    def attributes(self, name: str) -> frozenset[str]:
        """The attribute keys with which `name` was asked for."""
        return frozenset(key for one, pairs in self._series if one == name for key, _ in pairs)

    def _get(self, kind: type[S], name: str, unit: str, attributes: Mapping[str, str]) -> S:
        self.units[name] = unit
        made = self._series.setdefault(_key(name, attributes), kind())
        if not isinstance(made, kind):
            raise AssertionError(f"{name} was asked for as two kinds of instrument")  # noqa: TRY004 - the test is wrong
        return made

    def _find(self, name: str, attributes: Mapping[str, str]) -> list[_Counter | _Gauge | _Histogram]:
        wanted = frozenset(attributes.items())
        found = [one for (own, pairs), one in self._series.items() if own == name and wanted <= pairs]
        if not found:
            known = ", ".join(sorted(f"{own}{dict(sorted(pairs))}" for own, pairs in self._series))
            raise AssertionError(f"no instrument {name}{dict(attributes)} among: {known or 'none'}")
        return found


def _key(name: str, attributes: Mapping[str, str]) -> _Key:
    return name, frozenset(attributes.items())
