"""Instruments for a component's own telemetry: bound to their attributes once, cheap to use after."""

from collections.abc import Callable, Sequence
from typing import Protocol

__all__ = ("Counter", "Histogram", "Meter")


class Counter(Protocol):
    """A sum that only grows."""

    def add(self, amount: float, /) -> None:
        """Count `amount` more."""


class Histogram(Protocol):
    """A distribution."""

    def record(self, value: float, /) -> None:
        """Note one value."""


class Meter(Protocol):
    """Makes instruments. Ask in `__init__`, never per batch; the same name and attributes give the same one.

    The runtime adds nothing to names: give the full `otelcol_...` name that `metadata.yaml` declares.
    """

    def counter(self, name: str, *, unit: str = "1", **attributes: str) -> Counter:
        """A counter bound to `attributes`."""
        ...

    def gauge(self, name: str, read: Callable[[], float], *, unit: str = "1", **attributes: str) -> None:
        """Have `read` called whenever the value of `name` is wanted."""
        ...

    def histogram(
        self, name: str, *, bounds: Sequence[float], unit: str = "1", **attributes: str
    ) -> Histogram:
        """A histogram with upper `bounds`, bound to `attributes`."""
        ...
