"""A connection of an HTTP/2 server."""

import asyncio
from collections.abc import Awaitable, Callable
from struct import Struct
from typing import ClassVar, Final

from penstock_wire.exchange import Handler, Head, Pairs, Request, Response
from penstock_wire.h2.connection import Connection
from penstock_wire.h2.faults import (
    CANCEL,
    ENHANCE_YOUR_CALM,
    NO_ERROR,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    STREAM_CLOSED,
    ConnectionFault,
    StreamFault,
)
from penstock_wire.h2.frames import MAX_WINDOW, PING, PREFACE, frame, reset, window_update
from penstock_wire.h2.guard import Guard
from penstock_wire.h2.heads import Fields
from penstock_wire.h2.hpack import literal_block
from penstock_wire.h2.pings import PingPolicy
from penstock_wire.h2.reply import Ready, ready
from penstock_wire.h2.settings import (
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_HEADER_LIST_SIZE,
    settings_frame,
)
from penstock_wire.h2.stream import Stream
from penstock_wire.h2.watch import Watch
from penstock_wire.peer import peer_of
from penstock_wire.service import Service

__all__ = ("ServerConnection",)

_NUMBER: Final = Struct(">L")
_DEFAULT_WINDOW: Final = 65_535
_DRAIN: Final = frame(PING, 0, 0, b"draining")
_EMPTY_TABLE: Final = b"\x20"
_DRAIN_SECONDS: Final = 1.0
_Stream = Stream[Fields]


class ServerConnection(Connection[Fields]):
    """Calls the service's handler with every request that is complete, and sends what it replies."""

    preface: ClassVar[bytes] = PREFACE

    def __init__(
        self,
        service: Service,
        *,
        common: Callable[[], Pairs] | None = None,
        too_large: Handler | None = None,
    ) -> None:
        """`common` gives headers of every reply; `too_large` answers requests whose body is too large."""
        limits = service.limits
        super().__init__(
            service.clock,
            guard=Guard(service.clock),
            header_bytes=limits.max_header_bytes,
            make=Fields,
            windows=(max(limits.connection_window, _DEFAULT_WINDOW), limits.stream_window),
        )
        self._service = service
        self._budget = service.budget
        self._common = common
        self._too_large = too_large
        self._last = 0
        self._final = MAX_WINDOW
        """The highest stream that is acted on."""
        self._orphans: set[int] = set()
        """Handlers that still run for streams that are gone."""
        self._waits = False
        self._peer = ""
        self._prefix = b""
        self._watch = Watch(self, limits, service.clock)
        self._pings = PingPolicy(limits, service.clock)
        self.free_at = self.begun_at
        """When the last stream ended."""

    # -- life ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one
        """Greet the client."""
        super().connection_made(transport)
        self._peer = peer_of(transport)
        if not self._service.admit(self):
            self.abort()
            return
        limits = self._service.limits
        values = {
            MAX_CONCURRENT_STREAMS: limits.max_concurrent_streams,
            INITIAL_WINDOW_SIZE: limits.stream_window,
            MAX_HEADER_LIST_SIZE: limits.max_header_bytes,
        }
        more = self._connection_window - _DEFAULT_WINDOW
        self.sender.write(settings_frame(values) + (window_update(0, more) if more else b""))
        self._watch.start()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever it was
        """Give up what is under way."""
        self.is_over = True
        self._watch.stop()
        streams, self.streams = self.streams, {}
        for stream in streams.values():
            self._dropped(stream, CANCEL)
        self._service.lost(self)

    def drain(self) -> None:
        """Take no new request, let those under way finish, then close."""
        if self.is_over or self.is_closing:
            return
        if not self.is_settled:
            self.end("")
            return
        self.is_closing = True
        self.say_goaway(MAX_WINDOW, NO_ERROR)
        self.sender.write(_DRAIN)
        self.clock.call_later(_DRAIN_SECONDS, self._finish)

    def _finish(self) -> None:
        """The client knows that it is the end, or has had time to."""
        if self.is_over or self._final != MAX_WINDOW:
            return
        self._final = self._last
        self.say_goaway(self._last, NO_ERROR)
        self.close_if_done()

    def close_if_done(self) -> None:
        """Close when nothing is under way any more, and the client was told."""
        if self._final != MAX_WINDOW:
            super().close_if_done()

    def ping(self) -> None:
        """Ask for a sign of life."""
        self.pinged_at = self.clock.now()
        self.sender.write(frame(PING, 0, 0, b"penstock"))

    def resume(self) -> None:
        """Read again, unless something else is against it."""
        self._waits = self._waits and self._budget.is_full and self._budget.running > 0
        if not self._waits:
            super().resume()

    # -- requests -----------------------------------------------------------------------------------

    def _begin(self, number: int, fields: Fields, *, ended: bool) -> None:
        if number in self.given_up:
            return
        if number > self._final:  # it crossed our farewell: the client will send it elsewhere
            self._last = max(self._last, number)
            self.remember(number)
            return
        if number <= self._last:
            raise ConnectionFault(STREAM_CLOSED, f"headers for a stream that is closed: {number}")
        if not number & 1:
            raise ConnectionFault(PROTOCOL_ERROR, f"a stream that is not a client's: {number}")
        self._last = number
        if len(self.streams) + len(self._orphans) >= self._service.limits.max_concurrent_streams:
            raise StreamFault(number, REFUSED_STREAM)
        head = fields.head
        if head is None:
            raise StreamFault(number, PROTOCOL_ERROR)
        stream: _Stream = Stream(number, self._stream_window, self.sender.initial, self.heard_at)
        stream.head = fields
        self.streams[number] = stream
        if ended:
            self._end(stream)
        elif head.length is not None and head.length > self._service.limits.max_body:
            self._refuse(stream, 413)

    def _continue(self, stream: _Stream, fields: Fields, *, ended: bool) -> None:
        if not ended or fields.trailers is None:
            raise StreamFault(stream.id, PROTOCOL_ERROR)
        stream.trailers = fields.trailers
        self._end(stream)

    def _grew(self, stream: _Stream, size: int) -> None:
        if stream.sent:  # it is refused already
            stream.size, stream.parts = 0, []
            return
        budget = self._budget
        budget.used += size
        if stream.size > self._service.limits.max_body:
            self._refuse(stream, 413)
        elif budget.used > budget.limit and not self._waits:
            if budget.wait(self):
                self._waits = True
                self.pause()
            else:
                self._refuse(stream, 503)

    def _end(self, stream: _Stream) -> None:
        stream.ended = True
        if stream.sent:
            return
        head = _head(stream)
        if head.length is not None and head.length != stream.size:
            stream.ended = False
            raise StreamFault(stream.id, PROTOCOL_ERROR)
        self.guard.request()
        self._dispatch(stream, head, self._service.handler)

    def _dispatch(self, stream: _Stream, head: Head, handler: Handler) -> None:
        """Have a request answered."""
        request = Request(head, stream.parts, stream.size, self._peer, stream.trailers)
        stream.parts = []
        service = self._service
        try:
            answer = handler(request)
        except Exception as error:  # noqa: BLE001 - the client is told, and the service
            service.failed(error)
            answer = service.refuse(head, 500)
        self._budget.running += 1
        if type(answer) is Response:
            self._budget.done(stream.size)
            self._reply(stream, answer)
            return
        assert not isinstance(answer, Response)
        stream.task = service.run(self._answer(stream, answer))
        if stream.task is not None and service.timeout is not None:
            seconds = service.timeout(head)
            if seconds is not None:
                stream.timer = self.clock.call_later(seconds, lambda: self._late(stream))

    async def _answer(self, stream: _Stream, answer: Awaitable[Response]) -> None:
        """Reply with what comes of `answer`."""
        try:
            response = await answer
        except Exception as error:  # noqa: BLE001 - the client is told, and the service
            self._service.failed(error)
            response = self._service.refuse(_head(stream), 500)
        finally:
            stream.task = None
            self._budget.done(stream.size)
            is_orphan = stream.id in self._orphans
            self._orphans.discard(stream.id)
        self._disarm(stream)
        if self.streams.get(stream.id) is stream and not is_orphan:
            self._reply(stream, response)
            if self.is_closing:
                self.close_if_done()

    def _late(self, stream: _Stream) -> None:
        """The client does not wait any longer."""
        if self.streams.get(stream.id) is stream and stream.task is not None:
            self._reply(stream, self._service.refuse(_head(stream), 504))
            self._abandon(stream)

    # -- replies ------------------------------------------------------------------------------------

    def _reply(self, stream: _Stream, response: Response) -> None:
        made = response.memo
        if type(made) is not Ready:
            made = ready(response)
        sender, size = self.sender, made.size
        if self._pings.at is not None:
            self._pings.sent()
        stream.sent = True
        if (
            made.pieces is not None
            and self._common is None
            and size <= sender.window
            and size <= stream.window
            and not self._prefix
            and not sender.blocked
        ):
            sender.window -= size
            sender.write(_NUMBER.pack(stream.id).join(made.pieces))
            self._close(stream)
            return
        block, self._prefix = self._prefix + made.block, b""
        if self._common is not None:
            block += literal_block(self._common())
        stream.at = self.clock.now()
        if sender.send(stream, block, response.parts, made.trailers):
            self._close(stream)

    def _sent(self, stream: _Stream) -> None:
        self._close(stream)
        if self.is_closing:
            self.close_if_done()

    def _close(self, stream: _Stream) -> None:
        """Forget a stream whose reply is sent. If its request goes on, nobody reads it."""
        del self.streams[stream.id]
        if not stream.ended:
            self.sender.write(reset(stream.id, NO_ERROR))
            self.remember(stream.id)
        if not self.streams:
            self.free_at = self.heard_at

    def _refuse(self, stream: _Stream, status: int) -> None:
        """Reply before the request is complete."""
        self._budget.free(stream.size)
        stream.size, stream.parts = 0, []
        self.guard.reset()
        stream.sent = True
        if status == 413 and self._too_large is not None:
            self._dispatch(stream, _head(stream), self._too_large)
        else:
            self._reply(stream, self._service.refuse(_head(stream), status))

    # -- ends ---------------------------------------------------------------------------------------

    @property
    def last_stream(self) -> int:
        """The highest stream that was acted on."""
        return min(self._last, self._final)

    def is_idle(self, number: int) -> bool:
        """Whether a stream has not begun; the server begins none."""
        return number > self._last or not number & 1

    def _dropped(self, stream: _Stream, code: int) -> None:  # noqa: ARG002 - whatever it was
        if stream.task is not None:
            self._abandon(stream)
        elif not stream.ended and not stream.sent:
            self._budget.free(stream.size)
        stream.parts = []
        self.free_at = self.heard_at

    def _abandon(self, stream: _Stream) -> None:
        """Nobody waits for the handler any more."""
        self._orphans.add(stream.id)
        self._disarm(stream)
        if self._service.cancels and stream.task is not None:
            stream.task.cancel()

    def give_up(self, number: int, code: int) -> None:
        """Reset a stream that takes too long."""
        try:
            self.reset(number, code)
        except ConnectionFault as fault:
            self.fail(fault)

    def _disarm(self, stream: _Stream) -> None:
        timer, stream.timer = stream.timer, None
        if timer is not None:
            timer.cancel()

    def _set(self, key: int, value: int) -> None:
        if key == HEADER_TABLE_SIZE and value < 4096:
            self._prefix = _EMPTY_TABLE  # the client waits to be told that we keep to it

    def _pinged(self) -> None:
        if not self._pings.allows(busy=bool(self.streams)):
            raise ConnectionFault(ENHANCE_YOUR_CALM, "too_many_pings")

    def _ponged(self, payload: bytes) -> None:
        if payload == b"draining":
            self._finish()


def _head(stream: _Stream) -> Head:
    assert stream.head is not None
    assert stream.head.head is not None
    return stream.head.head
