"""uvicorn's HTTP/1.1 protocol, with bounds on what a client may send and how long it may take."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final  # Any: uvicorn's own types are looser than ours

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from penstock_api import Clock, Timer

__all__ = ("HttpProtocol", "Limits")

_MAX_HEAD: Final = 128 * 1024
_SLACK: Final = 1024 * 1024
_HEAD, _BODY, _DONE = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What all connections of a server keep to. Times are in seconds, 0 is without limit.

    `head` is how long the head of a request may take to arrive and `request` how long its body may;
    `body` is its size. `opened` is called when there is a connection and `closed` when it is gone.
    """

    clock: Clock
    head: float
    request: float
    body: int
    log: logging.Logger
    opened: "Callable[[HttpProtocol], None]"
    closed: Callable[[], None]


class _Nowhere:
    """Takes the place of the list of headers while trailers arrive, which nobody reads."""

    def append(self, pair: object) -> None:
        """Forget it."""

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return iter(())


_NOWHERE: Any = _Nowhere()  # Any: uvicorn expects a list


class HttpProtocol(HttpToolsProtocol):
    """One connection. A request that arrives in one piece, as most do, pays for no timer."""

    def __init__(self, config: uvicorn.Config, state: ServerState, limits: Limits) -> None:
        super().__init__(config, state, {})
        self.logger = limits.log
        self.access_log = False
        self._limits = limits
        self._part = _HEAD
        self._size = 0
        self._timer: Timer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request soon."""
        super().connection_made(transport)
        self._arm(self._limits.head)
        self._limits.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self._disarm()
        self._limits.closed()

    def data_received(self, data: bytes) -> None:
        """Parse `data`; look closer only at a request that has not come whole."""
        super().data_received(data)
        if self._part != _DONE:
            self._check(len(data))

    def on_message_begin(self) -> None:
        """A request begins, maybe in the middle of what was received: that piece is not counted."""
        super().on_message_begin()
        self._part = _HEAD
        self._size = -1

    def on_headers_complete(self) -> None:
        """The head is there. The headers that may follow the body are not kept."""
        super().on_headers_complete()
        self.headers = _NOWHERE
        self._part = _BODY
        self._size = -1
        self._disarm()

    def on_message_complete(self) -> None:
        """The request is there."""
        super().on_message_complete()
        self._part = _DONE
        self._disarm()

    def _check(self, size: int) -> None:
        """Bound an unfinished request, what is thrown away of it included, and wait for the rest."""
        self._size = 0 if self._size < 0 else self._size + size
        in_head = self._part == _HEAD
        if self._size > (_MAX_HEAD if in_head else 2 * self._limits.body + _SLACK):
            self.transport.abort()
        elif self._timer is None:
            self._arm(self._limits.head if in_head else self._limits.request)

    def _arm(self, seconds: float) -> None:
        if seconds:
            self._timer = self._limits.clock.call_later(seconds, self.transport.close)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
