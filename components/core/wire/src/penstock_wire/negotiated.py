"""A client's connection of which the server chooses the version of HTTP, by ALPN."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from penstock_wire.errors import WireError
from penstock_wire.exchange import Buffer, Head, Response

if TYPE_CHECKING:
    from penstock_wire.pool import ClientConnection, Make

__all__ = ("NegotiatedConnection",)


class NegotiatedConnection(asyncio.Protocol):
    """Becomes a connection of the version that was agreed on, and of HTTP/1.1 when none was."""

    def __init__(
        self, one: "Make", two: "Make", *, changed: Callable[[], object], lost: Callable[[], object]
    ) -> None:
        """`one` makes a connection of HTTP/1.1, `two` of HTTP/2."""
        self._one = one
        self._two = two
        self._changed = changed
        self._lost = lost
        self._chosen: ClientConnection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one
        """Choose; from now on the chosen protocol reads."""
        tls = transport.get_extra_info("ssl_object")
        is_two = tls is not None and tls.selected_alpn_protocol() == "h2"
        make = self._two if is_two else self._one
        self._chosen = chosen = make(changed=self._changed, lost=self._lost)
        transport.set_protocol(chosen)  # type: ignore[arg-type]  # it is one of asyncio's
        chosen.connection_made(transport)  # type: ignore[attr-defined]  # the same

    @property
    def room(self) -> int:
        """How many requests may be sent now."""
        return self._chosen.room

    def send(
        self, head: Head, parts: Sequence[Buffer], done: Callable[[Response | WireError], None], /
    ) -> int:
        """Send a request; gives its number."""
        return self._chosen.send(head, parts, done)

    def cancel(self, number: int, /) -> None:
        """The reply to request `number` is wanted no more."""
        self._chosen.cancel(number)

    def drain(self) -> None:
        """Begin nothing more, and close after the last reply."""
        self._chosen.drain()

    def abort(self) -> None:
        """Close now."""
        self._chosen.abort()
