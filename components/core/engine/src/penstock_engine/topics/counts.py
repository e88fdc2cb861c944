"""What a lane of a topic counts: every item published ends as delivered, refused or dropped."""

import logging
from collections.abc import Callable
from enum import StrEnum

from penstock_api import Meter

__all__ = ("Counts", "Drop")


class Drop(StrEnum):
    """Why an item was lost after its publisher was told that it is accepted."""

    FULL = "full"
    LAG = "lag"
    NOBODY = "no_subscriber"
    REFUSED = "refused"
    CLOSED = "closed"


class Counts:
    """The instruments of one lane."""

    def __init__(
        self, meter: Meter, log: "logging.LoggerAdapter[logging.Logger]", topic: str, lane: str
    ) -> None:
        self._meter = meter
        self._log = log
        self._labels = {"topic": topic, "lane": lane}
        self.published = meter.counter("otelcol_topic_published_items", unit="{items}", **self._labels).add
        self.delivered = meter.counter("otelcol_topic_delivered_items", unit="{items}", **self._labels).add
        self._dropped = {
            reason: meter.counter(
                "otelcol_topic_dropped_items", unit="{items}", reason=reason.value, **self._labels
            ).add
            for reason in Drop
        }

    def dropped(self, reason: Drop, items: int) -> None:
        """Note that `items` are lost."""
        self._dropped[reason](items)

    def failed(self, items: int, error: Exception) -> None:
        """Note that a subscriber did not take `items`, whose publisher has not waited for that."""
        self.dropped(Drop.REFUSED, items)
        fields = {**self._labels, "error": str(error) or type(error).__name__, "dropped_items": items}
        self._log.warning("topic subscriber failed", extra=fields)

    def disconnected(self, group: str) -> None:
        """Note that a subscriber was too far behind."""
        self._log.error(
            "topic subscriber is too slow and disconnected", extra={**self._labels, "group": group}
        )

    def watch(self, group: str, depth: Callable[[], int]) -> None:
        """Show how many payloads wait for `group`."""
        self._meter.gauge("otelcol_topic_queue_length", depth, unit="{batches}", group=group, **self._labels)
