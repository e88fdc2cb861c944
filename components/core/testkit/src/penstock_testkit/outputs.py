"""The outputs of a router under test."""

from collections.abc import Mapping

from penstock_api import AnyBatch, Consumer
from penstock_testkit.consumer import RecordingConsumer

__all__ = ("RecordingOutputs", "SameOutputs")


class RecordingOutputs:
    """A `penstock_api.Outputs` with a recording consumer behind each name: `outputs["logs"].items`."""

    def __init__(self, *names: str, **consumers: RecordingConsumer) -> None:
        """Connect `names` to new consumers, and the names of `consumers` to those."""
        self._consumers: Mapping[str, RecordingConsumer] = {
            **{name: RecordingConsumer() for name in names},
            **consumers,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The connected outputs."""
        return tuple(self._consumers)

    def get(self, name: str) -> Consumer[AnyBatch] | None:
        """The consumer behind output `name`."""
        return self._consumers.get(name)

    def __getitem__(self, name: str) -> RecordingConsumer:
        """What recorded output `name`."""
        return self._consumers[name]


class SameOutputs:
    """A `penstock_api.Outputs` with one consumer behind all names."""

    def __init__(self, names: tuple[str, ...], consumer: Consumer[AnyBatch]) -> None:
        self._names = names
        self._consumer = consumer

    @property
    def names(self) -> tuple[str, ...]:
        """The connected outputs."""
        return self._names

    def get(self, name: str) -> Consumer[AnyBatch] | None:
        """The consumer, if `name` is connected."""
        return self._consumer if name in self._names else None
