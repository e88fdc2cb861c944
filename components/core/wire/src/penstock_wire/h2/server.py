"""A connection of an HTTP/2 server."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final

from penstock_wire.drive import Rest, begin
from penstock_wire.exchange import Handler, Head, Pairs, Request, Response
from penstock_wire.h2.control import SMALL_CREDIT
from penstock_wire.h2.faults import (
    CANCEL,
    NO_ERROR,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    STREAM_CLOSED,
    ConnectionFault,
    StreamFault,
)
from penstock_wire.h2.frames import (
    DATA,
    END_STREAM,
    HEAD,
    HEADERS,
    MAX_FRAME,
    MAX_WINDOW,
    PING,
    PREFACE,
    WINDOW_UPDATE,
    WORD,
    frame,
    window_update,
)
from penstock_wire.h2.heads import Fields
from penstock_wire.h2.replying import DEFAULT_WINDOW, Replying
from penstock_wire.h2.settings import (
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

_DRAIN: Final = frame(PING, 0, 0, b"draining")
_DRAIN_SECONDS: Final = 1.0
_UPDATE: Final = 13
"""The size of a WINDOW_UPDATE frame."""
_ANOTHER: Final = bytes((HEADERS,))
_NOT_THERE: Final = 0, 0, 0
_Stream = Stream[Fields]


class ServerConnection(Replying):
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
        super().__init__(service, common)
        limits = service.limits
        self._service = service
        self._budget = service.budget
        self._largest = min(limits.max_body, limits.stream_window, MAX_FRAME)
        self._too_large = too_large
        self._last = 0
        self._final = MAX_WINDOW
        """The highest stream that is acted on."""
        self._orphans: set[int] = set()
        """Handlers that still run for streams that are gone."""
        self._waits = False
        self._peer = ""
        self._watch = Watch(self, limits, service.clock)

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
        more = self._connection_window - DEFAULT_WINDOW
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

    def _take_whole(self, block: bytes, data: bytes, at: int, number: int) -> int:
        """A request of one frame of DATA, with a head that came before. Most are; it needs no stream."""
        if data[at + 3 : at + 4] == _ANOTHER:  # its data comes later
            return 0
        start, end, credit = _data_of(data, at, number)
        fields = self._reader.known(block) if start else None
        if fields is None:
            return 0
        head, length, window = fields.head, end - start, self.sender.initial + credit
        if head is None or window > MAX_WINDOW or not self._is_usual(number, head, length):
            return 0
        if 0 < credit < SMALL_CREDIT:
            self.guard.idle_frame()
        self._granted -= length
        self._last = number
        self.guard.request()
        begun = self._begun(Request(head, (data[start:end],), length, self._peer), self._service.handler)
        if type(begun) is Response and self._send_at_once(number, window, begun):
            self.free_at = self.heard_at
            return end
        stream: _Stream = Stream(number, self._stream_window - length, window, self.heard_at)
        stream.head, stream.size, stream.ended = fields, length, True
        self.streams[number] = stream
        self._budget.used += length
        self._proceed(stream, begun)
        return end

    def _is_usual(self, number: int, head: Head, length: int) -> bool:
        """Whether a whole request is only to be handled: no error, no limit, no window to open."""
        return (
            (head.length is None or head.length == length)
            and 0 < length <= self._largest
            and number > self._last
            and number & 1 == 1
            and self._granted - length >= self._connection_window >> 1
            and self._budget.used + length <= self._budget.limit
            and len(self.streams) + len(self._orphans) < self._service.limits.max_concurrent_streams
            and not self.is_closing
        )

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
        elif fields.expects:
            self._tell_to_continue(number)

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
        self._proceed(stream, self._begun(request, handler))

    def _begun(self, request: Request, handler: Handler) -> Response | Rest[Response]:
        """What comes of a request at once: the reply, or a handler that waits."""
        service = self._service
        try:
            answer = handler(request)
            return answer if isinstance(answer, Response) else begin(service.loop, answer)
        except Exception as error:  # noqa: BLE001 - the client is told, and the service
            service.failed(error)
            return service.refuse(request.head, 500)

    def _proceed(self, stream: _Stream, begun: Response | Rest[Response]) -> None:
        """Reply, or wait until the handler has ended or the client waits no longer."""
        if isinstance(begun, Response):
            self._budget.free(stream.size)
            self._reply(stream, begun)
            return
        service = self._service
        self._budget.running += 1
        stream.task = service.go_on(begun, partial(self._answered, stream))
        seconds = service.timeout(_head(stream)) if service.timeout is not None else None
        if seconds is not None:
            stream.timer = self.clock.call_later(seconds, lambda: self._late(stream))

    def _answered(self, stream: _Stream, outcome: Response | BaseException) -> None:
        """Reply with what came of a handler, if somebody still waits for it."""
        stream.task = None
        self._budget.done(stream.size)
        is_orphan = stream.id in self._orphans
        self._orphans.discard(stream.id)
        self._disarm(stream)
        if isinstance(outcome, Exception):
            self._service.failed(outcome)
            outcome = self._service.refuse(_head(stream), 500)
        if isinstance(outcome, Response) and self.streams.get(stream.id) is stream and not is_orphan:
            self._reply(stream, outcome)
            if self.is_closing:
                self.close_if_done()

    def _late(self, stream: _Stream) -> None:
        """The client does not wait any longer."""
        if self.streams.get(stream.id) is stream and stream.task is not None:
            self._reply(stream, self._service.refuse(_head(stream), 504))
            self._abandon(stream)

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

    def _ponged(self, payload: bytes) -> None:
        if payload == b"draining":
            self._finish()


def _head(stream: _Stream) -> Head:
    assert stream.head is not None
    assert stream.head.head is not None
    return stream.head.head


def _data_of(data: bytes, at: int, number: int) -> tuple[int, int, int]:
    """From where to where the body of a request goes, if it is the one frame at `at`; zeros if it is not.

    Some clients open the stream's window before they send; the last number is by how much.
    """
    have, credit = len(data) - at, 0
    if have < 9:
        return _NOT_THERE
    high, low, kind, flags, owner = HEAD.unpack_from(data, at)
    if kind == WINDOW_UPDATE and low == 4 and not high and owner == number and have >= _UPDATE + 9:
        credit = WORD.unpack_from(data, at + 9)[0]
        at += _UPDATE
        high, low, kind, flags, owner = HEAD.unpack_from(data, at)
        if not 0 < credit <= MAX_WINDOW:
            return _NOT_THERE
    start = at + 9
    end = start + (high << 8 | low)
    if kind != DATA or flags != END_STREAM or owner != number or end > len(data):
        return _NOT_THERE
    return start, end, credit
