"""One connection of an HTTP/1.1 client: one request at a time."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, cast

import httptools

from penstock_wire.errors import DisconnectedError, ProtocolError, WireError
from penstock_wire.exchange import Buffer, Head, Response, find
from penstock_wire.writing import write_pieces

__all__ = ("H1ClientConnection",)

_MANY: Final = 64 * 1024
_Done = Callable[[Response | WireError], None]


class H1ClientConnection(asyncio.Protocol):
    """Sends requests, and calls back with replies.

    Of a body that is larger than `max_body` only the beginning is delivered, of one that breaks off nothing:
    the status says what matters. The connection is not used again then.
    """

    def __init__(
        self,
        *,
        max_body: int,
        max_header_bytes: int,
        changed: Callable[[], object],
        lost: Callable[[], object],
    ) -> None:
        """`changed` is called when `room` may have changed, `lost` once when the connection is gone."""
        self._max_body = max_body
        self._max_head = max_header_bytes
        self._changed = changed
        self._lost = lost
        self._done: _Done | None = None
        self._number = 0
        self._is_over = self._is_closing = False
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[Buffer] = []
        self._status = self._size = self._head_size = 0
        self._length = -1
        self._has_head = self._is_chunked = self._keeps = False

    # -- asyncio ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There may be requests now."""
        # cast: uvloop's transports do all that asyncio's do, but are not derived from them.
        transport = cast("asyncio.Transport", transport)
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        """Read a reply."""
        if self._done is None:
            if not self._is_over:  # nobody has asked
                self._close()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._break_off(f"the peer does not speak HTTP/1.1: {error.__context__ or error}")
            return
        if self._head_size > self._max_head or (not self._status and len(data) > self._max_head):
            self._break_off("the head of the response is larger than allowed")
        elif self._size >= self._max_body:
            self._finish(reuse=False)

    def eof_received(self) -> None:
        """The server sends no more."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        self._is_over = True
        if self._done is not None:
            if self._has_head:
                ends_here = self._length < 0 and not self._is_chunked and exc is None
                self._parts = self._parts if ends_here else []
                self._finish(reuse=False)
            else:
                self._tell(DisconnectedError(str(exc) if exc else "the peer has closed the connection"))
        self._lost()

    # -- requests -----------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """How many requests may be sent now."""
        return 0 if self._done is not None or self._is_over or self._is_closing else 1

    def send(self, head: Head, parts: Iterable[Buffer], done: _Done) -> int:
        """Send a request; there must be `room`. Gives its number. `head` is best one object for many."""
        self._reset()
        self._done = done
        self._number += 1
        body = parts if isinstance(parts, (tuple, list)) else tuple(parts)
        size = sum(map(len, body))
        start = b"%scontent-length: %d\r\n\r\n" % (_rendered(head), size)
        if size <= _MANY:
            self._transport.write(b"".join((start, *body)))
        else:
            write_pieces(self._transport, (start, *body))
        return self._number

    def cancel(self, number: int) -> None:
        """The reply to request `number` is wanted no more: `done` is not called. Ends the connection."""
        if number == self._number and self._done is not None:
            self._done = None
            self.abort()

    def drain(self) -> None:
        """Begin nothing more, and close after the last reply."""
        self._is_closing = True
        if self._done is None:
            self._close()

    def abort(self) -> None:
        """Close now."""
        self._is_over = True
        self._transport.abort()

    # -- the parser ---------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A reply begins; one to no request ends the connection."""
        if self._done is None:
            self._close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which is not kept."""
        self._head_size += len(name) + len(value) + 4
        if not self._has_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._status = self._parser.get_status_code()
        if 100 <= self._status < 200:
            return
        self._has_head = True
        length = find(self._headers, b"content-length")
        self._length = int(length[:18]) if length.isdigit() else -1
        self._is_chunked = bool(find(self._headers, b"transfer-encoding"))
        self._keeps = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        room = self._max_body - self._size
        self._size += len(data)
        if room > 0:
            self._parts.append(data[:room] if len(data) > room else data)

    def on_message_complete(self) -> None:
        """The reply is whole; one that is only provisional is forgotten."""
        if not self._has_head:
            self._headers, self._head_size = [], 0
            return
        still_sending = self._transport.get_write_buffer_size() > 0
        self._finish(reuse=self._keeps and not still_sending)

    # -- ends ---------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self._headers, self._parts = [], []
        self._status = self._size = self._head_size = 0
        self._length = -1
        self._has_head = self._is_chunked = self._keeps = False

    def _finish(self, *, reuse: bool) -> None:
        if not reuse or self._is_closing:
            self._close()
        self._tell(Response(self._status, tuple(self._headers), tuple(self._parts)))

    def _break_off(self, problem: str) -> None:
        if self._done is None:  # what came too much came after the reply
            self._close()
        elif self._has_head:
            self._parts = []
            self._finish(reuse=False)
        else:
            self._close()
            self._tell(ProtocolError(problem))

    def _tell(self, outcome: Response | WireError) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(outcome)
        self._changed()

    def _close(self) -> None:
        self._is_closing = self._is_over = True
        if not self._transport.is_closing():
            self._transport.abort() if self._transport.get_write_buffer_size() else self._transport.close()


def _rendered(head: Head) -> bytes:
    """Request line and headers but the length; made when it is sent first."""
    known = head.memo
    if type(known) is bytes:
        return known
    host = () if find(head.headers, b"host") else ((b"host", head.authority),)
    lines = [b"%s %s HTTP/1.1" % (head.method, head.path)]
    lines += (b"%s: %s" % pair for pair in (*host, *head.headers))
    head.memo = made = b"\r\n".join(lines) + b"\r\n"
    return made
