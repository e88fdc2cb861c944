"""A connection of an HTTP/2 client."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from penstock_wire.errors import DisconnectedError, ProtocolError, RefusedError, ResetError, WireError
from penstock_wire.exchange import NO_PAIRS, Buffer, Head, Pairs, Response
from penstock_wire.h2.connection import Connection
from penstock_wire.h2.faults import (
    CANCEL,
    NO_ERROR,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    ConnectionFault,
    StreamFault,
)
from penstock_wire.h2.frames import MAX_WINDOW, PING, PREFACE, frame, window_update
from penstock_wire.h2.guard import Guard
from penstock_wire.h2.heads import ResponseHead
from penstock_wire.h2.hpack import BlockWriter
from penstock_wire.h2.settings import (
    ENABLE_PUSH,
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    MAX_HEADER_LIST_SIZE,
    settings_frame,
)
from penstock_wire.h2.stream import Stream
from penstock_wire.runtime import Clock

__all__ = ("ClientConnection", "ClientLimits", "Done")

Done = Callable[[Response | WireError], None]
"""Called once, with the reply or with what became of it."""
_Stream = Stream[ResponseHead]
_DEFAULT_WINDOW: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """What a client keeps to; sizes in bytes."""

    max_body: int = 4 << 20
    """The largest body of a response."""
    keeps_beginning: bool = False
    """Of a larger one the beginning is delivered, instead of an error."""
    max_header_bytes: int = 64 << 10
    """The largest head of a response."""
    stream_window: int = 256 << 10
    """How much of one response may be on its way to us."""
    connection_window: int = 1 << 20
    """How much of all responses of a connection may be on its way to us."""


class ClientConnection(Connection[ResponseHead]):
    """Sends requests, and calls back with replies."""

    def __init__(
        self, limits: ClientLimits, clock: Clock, *, changed: Callable[[], object], lost: Callable[[], object]
    ) -> None:
        """`changed` is called when `room` may have changed, `lost` once when the connection is gone."""
        super().__init__(
            clock,
            guard=Guard(clock),
            header_bytes=limits.max_header_bytes,
            make=ResponseHead,
            windows=(max(limits.connection_window, _DEFAULT_WINDOW), limits.stream_window),
        )
        self._limits = limits
        self._changed = changed
        self._lost = lost
        self._writer = BlockWriter()
        self._waiting: dict[int, Done] = {}
        self._next = 1
        self.reason = ""
        """Why the connection ended, if one of the two sides said so."""

    # -- life ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one
        """Greet the server."""
        super().connection_made(transport)
        limits = self._limits
        values = {
            ENABLE_PUSH: 0,
            INITIAL_WINDOW_SIZE: limits.stream_window,
            MAX_HEADER_LIST_SIZE: limits.max_header_bytes,
        }
        more = self._connection_window - _DEFAULT_WINDOW
        self.sender.write(PREFACE + settings_frame(values) + (window_update(0, more) if more else b""))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits."""
        self.is_over = True
        reason = self.reason or (str(exc) if exc is not None else "the peer has closed the connection")
        waiting, self._waiting = self._waiting, {}
        self.streams.clear()
        for done in waiting.values():
            done(DisconnectedError(reason))
        self._lost()

    def end(self, reason: str) -> None:
        """Close when what was written is sent."""
        self.reason = self.reason or reason
        super().end(reason)

    def drain(self) -> None:
        """Begin nothing more, and close after the last reply."""
        self.is_closing = True
        self.close_if_done()

    def ping(self) -> None:
        """Ask for a sign of life; `pinged_at` is None again when it came."""
        self.pinged_at = self.clock.now()
        self.sender.write(frame(PING, 0, 0, b"penstock"))

    # -- requests -----------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """How many requests may be sent now."""
        if self.is_closing or self.is_over or self._next > MAX_WINDOW:
            return 0
        return max(0, self.max_streams - len(self.streams))

    def send(self, head: Head, parts: Iterable[Buffer], done: Done, *, single: Pairs = NO_PAIRS) -> int:
        """Send a request; there must be `room`. Gives its number.

        `head` is best one object for many requests. Headers that are different each time belong in `single`.
        """
        number, self._next = self._next, self._next + 2
        stream: _Stream = Stream(number, self._stream_window, self.sender.initial, self.clock.now())
        self.streams[number] = stream
        self._waiting[number] = done
        self.sender.send(stream, self._writer.write(_pairs(head), single), parts)
        return number

    def cancel(self, number: int) -> None:
        """The reply to request `number` is wanted no more: `done` is not called."""
        if self._waiting.pop(number, None) is not None:
            self._give_up(number, CANCEL)

    def _give_up(self, number: int, code: int) -> None:
        try:
            self.reset(number, code)
        except ConnectionFault as fault:
            self.fail(fault)

    # -- replies ------------------------------------------------------------------------------------

    def _begin(self, number: int, fields: ResponseHead, *, ended: bool) -> None:  # noqa: ARG002 - of nobody
        if self.is_idle(number):
            raise ConnectionFault(PROTOCOL_ERROR, f"a reply to no request: {number}")

    def _continue(self, stream: _Stream, fields: ResponseHead, *, ended: bool) -> None:
        if stream.head is not None:
            if not ended or fields.trailers is None:
                raise StreamFault(stream.id, PROTOCOL_ERROR)
            stream.trailers = fields.trailers
        elif 100 <= fields.status < 200 and fields.status != 101 and not ended:
            return
        elif fields.status < 200:
            raise StreamFault(stream.id, PROTOCOL_ERROR)
        else:
            stream.head = fields
        if ended:
            self._end(stream)

    def _grew(self, stream: _Stream, size: int) -> None:  # noqa: ARG002 - the stream knows
        if stream.head is None:
            raise StreamFault(stream.id, PROTOCOL_ERROR)
        if stream.size > self._limits.max_body:
            self._finish(stream.id, self._too_large(stream, stream.head))
            raise StreamFault(stream.id, CANCEL)

    def _too_large(self, stream: _Stream, head: ResponseHead) -> Response | WireError:
        if not self._limits.keeps_beginning:
            return ProtocolError("the response is larger than allowed")
        beginning = b"".join(stream.parts)[: self._limits.max_body]
        return Response(head.status, head.headers, (beginning,))

    def _end(self, stream: _Stream) -> None:
        head = stream.head
        if head is None or head.length not in (-1, stream.size):
            raise StreamFault(stream.id, PROTOCOL_ERROR)
        stream.ended = True
        self.guard.request()
        self._finish(stream.id, Response(head.status, head.headers, tuple(stream.parts), stream.trailers))
        if stream.pending:
            self.reset(stream.id, NO_ERROR)
        else:
            del self.streams[stream.id]
        self._changed()

    def _finish(self, number: int, outcome: Response | WireError) -> None:
        done = self._waiting.pop(number, None)
        if done is not None:
            done(outcome)

    # -- ends ---------------------------------------------------------------------------------------

    def is_idle(self, number: int) -> bool:
        """Whether a stream has not begun; the server begins none."""
        return number >= self._next or not number & 1

    def _dropped(self, stream: _Stream, code: int) -> None:
        self._finish(
            stream.id, RefusedError("the peer has refused it") if code == REFUSED_STREAM else ResetError(code)
        )
        self._changed()

    def _going(self, last: int, code: int, debug: bytes) -> None:
        self.is_closing = True
        if code != NO_ERROR:
            self.reason = f"the peer has ended the connection: error code {code} {debug.decode('latin-1')!r}"
        for number in [number for number in self.streams if number > last]:
            stream = self.streams.pop(number)
            self.sender.forget(stream)
            self._finish(number, RefusedError(self.reason or "the peer ends the connection"))
        self._changed()

    def _set(self, key: int, value: int) -> None:
        if key == HEADER_TABLE_SIZE:
            self._writer.limit_table(value)
        elif key == ENABLE_PUSH and value:
            raise ConnectionFault(PROTOCOL_ERROR, "a server that wants to be pushed to")

    def _settled(self) -> None:
        self._changed()


def _pairs(head: Head) -> Pairs:
    """All headers of a request, pseudo-headers first; made when it is sent first."""
    known = head.memo
    if type(known) is not tuple:
        head.memo = known = (
            (b":method", head.method),
            (b":scheme", head.scheme),
            (b":path", head.path),
            (b":authority", head.authority),
            *head.headers,
        )
    return known
