"""Instruments that nobody reads, for a dataflow that runs without a collector around it."""

# ruff: noqa: ARG002 - nothing is done with anything

from collections.abc import Callable, Sequence

from penstock_api import Counter, Histogram

__all__ = ("QuietMeter",)


class _Instrument:
    def add(self, amount: float, /) -> None:
        """Forget it."""

    def record(self, value: float, /) -> None:
        """Forget it."""


class QuietMeter:
    """A `penstock_api.Meter` that keeps nothing."""

    def counter(self, name: str, *, unit: str = "1", **attributes: str) -> Counter:
        """A counter that forgets."""
        return _Instrument()

    def gauge(self, name: str, read: Callable[[], float], *, unit: str = "1", **attributes: str) -> None:
        """Never call `read`."""

    def histogram(
        self, name: str, *, bounds: Sequence[float], unit: str = "1", **attributes: str
    ) -> Histogram:
        """A histogram that forgets."""
        return _Instrument()
