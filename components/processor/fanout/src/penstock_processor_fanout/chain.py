"""One destination and its fall-backs."""

from collections.abc import Sequence
from typing import Final

from penstock_api import (
    AnyBatch,
    Clock,
    Consumer,
    Counter,
    Deadline,
    PartialError,
    RetryableError,
    Settings,
    within,
)
from penstock_api.config import format_duration
from penstock_processor_fanout.config import DestinationConfig

__all__ = ("Chain", "Link")

_PREFIX: Final = "otelcol_processor_fanout"


class Link:
    """One output, with its time limit."""

    def __init__(self, clock: Clock, config: DestinationConfig, onward: Consumer[AnyBatch]) -> None:
        self.port = config.port
        self._clock = clock
        self._timeout = config.timeout
        self._take = onward.consume
        self._deadline: Deadline | None = None

    def drain(self, deadline: Deadline) -> None:
        """A stop has begun: wait for no outcome beyond `deadline`."""
        self._deadline = deadline

    async def offer(self, batch: AnyBatch) -> None:
        """Give it a copy, which it may change. Raises what it raises, `RetryableError` after its time."""
        limit = self._limit()
        if limit is None:
            await self._take(batch.copy())
            return
        try:
            async with within(self._clock, limit):
                await self._take(batch.copy())
        except TimeoutError as error:
            what = f"output {self.port} did not answer in time"
            raise RetryableError(f"{what}: {format_duration(limit)}") from error

    def _limit(self) -> float | None:
        """How long an outcome is awaited from now on, in seconds."""
        if self._deadline is None:
            return self._timeout or None
        left = self._deadline.remaining()
        return min(self._timeout, left) if self._timeout else left


class Chain:
    """A destination: the first of its links that takes a batch ends the matter."""

    def __init__(self, settings: Settings, links: Sequence[Link]) -> None:
        own, self.port = str(settings.id), links[0].port
        self._log = settings.log
        self._links = tuple(links)
        self._failing: set[str] = set()
        """Outputs whose fall-back took the last batch."""
        self._fallbacks: Counter = settings.meter.counter(
            f"{_PREFIX}_fallbacks", unit="{batches}", processor=own, output=self.port
        )
        self._dropped: Counter = settings.meter.counter(
            f"{_PREFIX}_dropped_items", unit="{items}", processor=own, output=self.port
        )

    def drain(self, deadline: Deadline) -> None:
        """A stop has begun: wait for no outcome beyond `deadline`."""
        for link in self._links:
            link.drain(deadline)

    async def deliver(self, batch: AnyBatch) -> None:
        """Give `batch` to the first link that takes it. Raises what the last one raised.

        What a link took in part is not offered to the next one, which would have that part twice.
        """
        *others, last = self._links
        for link in others:
            try:
                await link.offer(batch)
            except PartialError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the fall-back is there for it
                self._failed(link.port, error)
            else:
                self._took(link.port)
                return
        await last.offer(batch)

    def _failed(self, port: str, error: Exception) -> None:
        self._fallbacks.add(1)
        if port not in self._failing:
            self._failing.add(port)
            fields = {"output": port, "error": str(error) or type(error).__name__}
            self._log.warning("output failed, its fall-back takes over", extra=fields)

    def _took(self, port: str) -> None:
        if port in self._failing:
            self._failing.discard(port)
            self._log.info("output takes batches again", extra={"output": port})

    def drop(self, items: int, error: Exception) -> None:
        """Count what was lost, of which the sender does not hear."""
        if isinstance(error, PartialError):
            items = min(items, error.rejected)
        self._dropped.add(items)
        fields = {
            "output": self.port,
            "error": str(error) or type(error).__name__,
            "dropped_items": items,
        }
        self._log.warning("output failed", extra=fields)
