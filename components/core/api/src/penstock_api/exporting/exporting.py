"""Puts an exporter together: queue (and batch), count, retry, time out, push."""

from typing import Generic, TypeVar

from penstock_api.batch import AnyBatch
from penstock_api.clock import Deadline
from penstock_api.consumer import Consumer
from penstock_api.errors import ConsumeError, RetryableError
from penstock_api.exporting.config import QueueConfig, RetryConfig
from penstock_api.exporting.counting import Counting, Counts
from penstock_api.exporting.keeping import keeping
from penstock_api.exporting.queue import Queue
from penstock_api.exporting.retry import Retry
from penstock_api.exporting.timeout import Timeout
from penstock_api.lifecycle import Shutdown, Start
from penstock_api.settings import Settings
from penstock_api.signal import Signal

__all__ = ("Exporting", "counted")

B = TypeVar("B", bound=AnyBatch)


class Exporting(Generic[B]):
    """The exporter of one signal: `push` sends one batch and raises `ConsumeError` when it could not.

    Every offered item is counted once, as sent, as failed or as refused. `push` belongs to it alone, and is
    started before and stopped after the rest, if it has `start` and `shutdown`.
    """

    def __init__(
        self,
        settings: Settings,
        signal: Signal,
        push: Consumer[B],
        *,
        timeout: float = 0.0,
        retry: RetryConfig | None = None,
        queue: QueueConfig | None = None,
    ) -> None:
        """`timeout` is for one attempt, 0 for no limit; `retry` and `queue` are off when None."""
        self._log = settings.log
        self._counts = Counts.bind(settings, signal)
        self._push = push
        self._stopped = False
        attempt: Consumer[B] = Timeout(settings.clock, timeout, push) if timeout else push
        self._retry = Retry(settings, retry, attempt) if retry is not None else None
        self._entrance: Consumer[B] = Counting(self._log, self._counts, self._retry or attempt, self._keeps)
        self._queue: Queue[B] | None = None
        if queue is not None:
            hint = "" if retry is not None else "enable `retry_on_failure` to try again after such errors"
            kept = keeping(settings, signal, queue.storage)
            self._queue = Queue(settings, signal, queue, self._counts, self._entrance, hint=hint, kept=kept)
            self._entrance = self._queue
        # Only an exporter that offers the one is known to offer the other.
        hinted = queue is None and retry is not None
        self._hint = {"hint": "enable `sending_queue` to bridge such errors"} if hinted else {}

    def _keeps(self) -> bool:
        return self._queue is not None and self._queue.keeps

    async def start(self) -> None:
        """Start the exporter proper, then the senders."""
        if isinstance(self._push, Start):
            await self._push.start()
        if self._queue is not None:
            await self._queue.start()

    async def consume(self, batch: B) -> None:
        """Accept `batch`: queue it, or else send it. Empty ones are accepted and ignored."""
        if not len(batch):
            return
        try:
            if self._stopped:
                self._counts.enqueue_failed.add(len(batch))
                raise RetryableError("exporter is shutting down")
            await self._entrance.consume(batch)
        except ConsumeError as error:
            fields = {"error": str(error), "rejected_items": len(batch), **self._hint}
            self._log.error("Exporting failed. Rejecting data.", extra=fields)
            raise

    async def shutdown(self, deadline: Deadline) -> None:
        """Refuse new batches, send each queued one once, stop the exporter proper."""
        if self._stopped:
            return
        self._stopped = True
        if self._retry is not None:
            self._retry.stop()
        try:
            if self._queue is not None:
                await self._queue.drain(deadline)
        finally:
            if isinstance(self._push, Shutdown):
                await self._push.shutdown(deadline)


def counted(settings: Settings, signal: Signal, exporter: Consumer[B]) -> Consumer[B]:
    """`exporter` with its items counted: an `Exporting` counts for itself, any other is counted here."""
    if isinstance(exporter, Exporting):
        return exporter
    return Counting(settings.log, Counts.bind(settings, signal), exporter)
