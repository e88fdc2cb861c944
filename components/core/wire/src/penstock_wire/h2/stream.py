"""One stream: a request and its reply."""

import asyncio
from collections import deque
from typing import Final, Generic, TypeVar

from penstock_wire.exchange import NO_PAIRS, Buffer, Pairs
from penstock_wire.runtime import Timer

__all__ = ("NOTHING", "Stream")

NOTHING: Final[deque[Buffer]] = deque()
"""Shared, and always empty."""

_H = TypeVar("_H")


class Stream(Generic[_H]):
    """What is known of a stream that is open, half-closed or reserved; others are forgotten."""

    __slots__ = (
        "at",
        "ended",
        "granted",
        "head",
        "id",
        "last",
        "parts",
        "pending",
        "sent",
        "size",
        "task",
        "timer",
        "trailers",
        "window",
    )

    def __init__(self, number: int, granted: int, window: int, at: float) -> None:
        self.id = number
        self.granted = granted
        """How much the peer may still send."""
        self.window = window
        """How much we may still send."""
        self.at = at
        """When something was last sent or, until the peer's side has ended, when the stream began."""
        self.head: _H | None = None
        self.parts: list[Buffer] = []
        self.size = 0
        self.trailers: Pairs = NO_PAIRS
        self.ended = False
        """Whether the peer's side has ended."""
        self.sent = False
        """Whether all of our side is sent, or has been handed over to be sent."""
        self.pending = NOTHING
        """What of the body waits for room; of its own only once something does."""
        self.last: bytes | None = None
        """The block of trailers that follows `pending`; empty when the last of `pending` ends the stream."""
        self.task: asyncio.Task[None] | None = None
        self.timer: Timer | None = None
