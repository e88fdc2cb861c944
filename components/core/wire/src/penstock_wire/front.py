"""Serves both versions of HTTP on one socket: the client chooses by ALPN, or by how it begins."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from penstock_wire.runtime import Timer
from penstock_wire.service import Service

__all__ = ("ALPN", "Front", "Made")

ALPN: Final = ("h2", "http/1.1")
"""What a TLS context of such a server offers."""
_BEGINNING: Final = b"PRI "  # no method of HTTP/1.1


class Made(Protocol):
    """A connection's protocol."""

    def connection_made(self, transport: asyncio.Transport, /) -> None:
        """Begin."""

    def data_received(self, data: bytes, /) -> None:
        """Act on what came."""


class Front(asyncio.Protocol):
    """A connection of which the protocol is not known yet; then that protocol takes its place."""

    def __init__(self, service: Service, one: Callable[[], Made], two: Callable[[], Made]) -> None:
        """`one` makes a connection of HTTP/1.1, `two` of HTTP/2."""
        self._service = service
        self._one = one
        self._two = two
        self._begun = b""
        self._timer: Timer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one
        """Choose at once over TLS; otherwise wait for the first bytes."""
        self._transport = transport
        if not self._service.admit(self):
            transport.abort()
            return
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self._become(self._two if tls.selected_alpn_protocol() == "h2" else self._one)
        elif self._service.limits.header_timeout:
            self._timer = self._service.clock.call_later(self._service.limits.header_timeout, self.drain)

    def data_received(self, data: bytes) -> None:
        """Choose, as soon as what came is enough for that."""
        begun = self._begun = self._begun + data
        if begun.startswith(_BEGINNING):
            self._become(self._two)
        elif not _BEGINNING.startswith(begun):
            self._become(self._one)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever it was
        """Forget the connection."""
        self._disarm()
        self._service.lost(self)

    def drain(self) -> None:
        """Nothing has begun."""
        self._transport.close()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    def _become(self, make: Callable[[], Made]) -> None:
        self._disarm()
        made = make()
        self._service.connections.discard(self)
        self._transport.set_protocol(made)  # type: ignore[arg-type]  # it is one of asyncio's
        made.connection_made(self._transport)
        if self._begun:
            made.data_received(self._begun)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
