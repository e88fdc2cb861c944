"""The processor: one batcher for everything, or one for every combination of metadata values."""

from typing import Generic, TypeVar

from penstock_api import NO_CLIENT, AnyBatch, Client, Consumer, Deadline, PermanentError, Settings
from penstock_processor_batch.batcher import Batcher
from penstock_processor_batch.buffer import Buffer
from penstock_processor_batch.config import BatchConfig
from penstock_processor_batch.instruments import Instruments

__all__ = ("BatchProcessor", "PartitionedBatchProcessor")

B = TypeVar("B", bound=AnyBatch)
_Values = tuple[tuple[str, ...] | None, ...]


class BatchProcessor(Generic[B]):
    """One batcher for everything. What clients say of themselves does not survive being joined."""

    def __init__(self, settings: Settings, config: BatchConfig, onward: Consumer[B], kind: type[B]) -> None:
        buffer = Buffer(kind, NO_CLIENT, config.send_batch_max_size)
        self._batcher = Batcher(settings, config, onward, buffer, Instruments(settings, kind.signal))
        self.consume = self._batcher.consume

    async def start(self) -> None:
        """Begin to send."""
        self._batcher.start()

    async def shutdown(self, deadline: Deadline) -> None:
        """Send what is buffered, by `deadline`."""
        self._batcher.close()
        await self._batcher.finish(deadline)


class PartitionedBatchProcessor(Generic[B]):
    """One batcher for every combination of the values of `metadata_keys`, which is all that survives."""

    def __init__(self, settings: Settings, config: BatchConfig, onward: Consumer[B], kind: type[B]) -> None:
        self._settings = settings
        self._config = config
        self._onward = onward
        self._kind = kind
        self._keys = tuple(key.lower() for key in config.metadata_keys)
        self._limit = config.metadata_cardinality_limit
        self._count = Instruments(settings, kind.signal)
        self._batchers: dict[_Values, Batcher[B]] = {}
        self._closed = False
        settings.meter.gauge(
            "otelcol_processor_batch_metadata_cardinality",
            lambda: len(self._batchers),
            unit="{combinations}",
            processor=str(settings.id),
        )

    async def consume(self, batch: B, /) -> None:
        """Buffer `batch` with those of like metadata. Raises `PermanentError` for a combination too many."""
        metadata = batch.client.metadata
        values = tuple(metadata.get(key) for key in self._keys)
        batcher = self._batchers.get(values)
        if batcher is None:
            batcher = self._open(values)
        await batcher.consume(batch)

    async def shutdown(self, deadline: Deadline) -> None:
        """Send what is buffered, by `deadline`."""
        self._closed = True
        for batcher in self._batchers.values():
            batcher.close()
        for batcher in self._batchers.values():
            await batcher.finish(deadline)

    def _open(self, values: _Values) -> Batcher[B]:
        if self._limit and len(self._batchers) >= self._limit:
            raise PermanentError("too many batcher metadata-value combinations")
        metadata = {key: value for key, value in zip(self._keys, values, strict=True) if value is not None}
        buffer = Buffer(self._kind, Client(metadata=metadata), self._config.send_batch_max_size)
        batcher = Batcher(self._settings, self._config, self._onward, buffer, self._count)
        if self._closed:
            batcher.close()
        else:
            batcher.start()
        self._batchers[values] = batcher
        return batcher
