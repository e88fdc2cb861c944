"""One connection, in either role: frames in, frames out (RFC 9113)."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, Generic, TypeVar  # Any: a frame's handler has the role's type

from penstock_wire.exchange import Pairs
from penstock_wire.h2.control import Control
from penstock_wire.h2.faults import (
    ENHANCE_YOUR_CALM,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    PROTOCOL_ERROR,
    STREAM_CLOSED,
    ConnectionFault,
    StreamFault,
)
from penstock_wire.h2.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEAD,
    HEADERS,
    MAX_FRAME,
    MAX_WINDOW,
    PADDED,
    PRIORITY_FLAG,
    SETTINGS,
    WINDOW_UPDATE,
    WORD,
    goaway,
    window_update,
)
from penstock_wire.h2.guard import Guard
from penstock_wire.h2.hpack import BlockReader
from penstock_wire.h2.stream import Stream
from penstock_wire.runtime import Clock

__all__ = ("Connection",)

_H = TypeVar("_H")
_CONTINUATIONS: Final = 16
_SMALL: Final = 4
_PLAIN_HEAD: Final = END_HEADERS | END_STREAM


class Connection(Control[_H], Generic[_H]):
    """Reads frames. What streams are for is the role's: see the methods that only have a docstring."""

    preface: ClassVar[bytes] = b""
    """What the peer says before its first frame."""

    def __init__(
        self,
        clock: Clock,
        *,
        guard: Guard,
        header_bytes: int,
        make: Callable[[Pairs], _H],
        windows: tuple[int, int],
        continuations: int = _CONTINUATIONS,
    ) -> None:
        """`make` turns headers into what the role wants; `windows` are the connection's and a stream's."""
        super().__init__(clock, guard)
        self._header_bytes = header_bytes
        self._continuations = continuations
        self._reader = BlockReader(header_bytes, make)
        self._connection_window, self._stream_window = windows
        self._granted = self._connection_window
        self._tail = b""
        """The beginning of a frame that is not whole."""
        self.cut_at = 0.0
        """When the first part of it came."""
        self._preface_left = self.preface
        self._left = 0
        """How much of a DATA frame is still to come, for `_left_stream`, which it may end."""
        self._left_stream: Stream[_H] | None = None
        self._left_ends = 0
        self._partial: list[bytes] | None = None
        """The pieces of a field block that continues."""
        self._partial_flags = self._partial_stream = self._partial_size = 0
        self.partial_at = 0.0

    # -- asyncio ------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Act on what came, and answer with one write."""
        if self.is_over:
            return
        sender = self.sender
        sender.is_busy = True
        self.heard_at = self.clock.now()
        try:
            if self._tail:
                data, self._tail = self._tail + data, b""
            else:
                self.cut_at = self.heard_at
            at = self._read_preface(data) if self._preface_left else 0
            self._read(data, at)
        except ConnectionFault as fault:
            self.fail(fault)
        finally:
            sender.is_busy = False
            sender.flush()
        if self.is_closing:
            self.close_if_done()

    def _read_preface(self, data: bytes) -> int:
        wanted = self._preface_left
        have = data[: len(wanted)]
        if not wanted.startswith(have):
            raise ConnectionFault(PROTOCOL_ERROR, "the connection does not begin with HTTP/2's preface")
        self._preface_left = wanted[len(have) :]
        return len(have)

    def _read(self, data: bytes, at: int) -> None:
        """Act on all frames in `data`, and on the parts that are there of one of DATA."""
        end = len(data)
        if self._left:
            at = self._go_on(data, at)
        while end - at >= 9:
            high, low, kind, flags, number = HEAD.unpack_from(data, at)
            size = high << 8 | low
            number &= 0x7FFFFFFF
            if size > MAX_FRAME:
                raise ConnectionFault(FRAME_SIZE_ERROR, f"a frame is larger than allowed: {size}")
            is_plain = self._partial is None and self.is_settled
            taken = 0
            if kind == DATA and is_plain and not flags & PADDED:
                taken = self._read_data(data, at + 9, size, flags, number)
            elif kind == HEADERS and is_plain and flags | END_STREAM == _PLAIN_HEAD:
                taken = self._read_head(data, at + 9, at + 9 + size, flags, number)
            if taken:
                at = taken
                continue
            if end - at - 9 < size:
                break
            at += 9 + size
            if kind == WINDOW_UPDATE and size == 4 and is_plain and not number:  # the most frequent
                self.take_credit(0, WORD.unpack_from(data, at - 4)[0] & MAX_WINDOW)
            else:
                self._take(kind, flags, number, data[at - size : at])
        if at < end:
            self._tail = data[at:]

    def _take(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        """Act on a frame that is there."""
        if self._partial is not None or not self.is_settled:
            self._check_order(kind, number)
        try:
            if kind == WINDOW_UPDATE and len(payload) == 4:
                self.take_credit(number, WORD.unpack(payload)[0] & MAX_WINDOW)
            else:
                self._handlers.get(kind, Control.ignore)(self, flags, number, payload)
        except StreamFault as fault:
            self.reset(fault.stream, fault.code)

    def _check_order(self, kind: int, number: int) -> None:
        if self._partial is not None and (kind != CONTINUATION or number != self._partial_stream):
            raise ConnectionFault(PROTOCOL_ERROR, "a field block is not continued")
        if not self.is_settled and kind != SETTINGS:
            raise ConnectionFault(PROTOCOL_ERROR, "the first frame does not hold settings")

    # -- DATA ---------------------------------------------------------------------------------------

    def _read_data(self, data: bytes, at: int, size: int, flags: int, number: int) -> int:
        """Take what is there of a DATA frame; gives where the next frame begins."""
        try:
            stream = self._begin_data(number, size)
            have = min(size, len(data) - at)
            if stream is not None:
                if have:
                    self._keep(stream, data, at, have)
                if have == size and flags & END_STREAM:
                    self._end(stream)
                elif not size:
                    self.guard.idle_frame()
            if have < size:
                self._left, self._left_stream, self._left_ends = size - have, stream, flags & END_STREAM
        except StreamFault as fault:
            self._left, self._left_stream = size - min(size, len(data) - at), None
            self.reset(fault.stream, fault.code)
        return min(at + size, len(data))

    def _go_on(self, data: bytes, at: int) -> int:
        """Take more of the DATA frame that was cut off."""
        have = min(self._left, len(data) - at)
        self._left -= have
        stream = self._left_stream
        if stream is not None:
            try:
                if stream.id in self.streams:
                    self._keep(stream, data, at, have)
                    if not self._left and self._left_ends:
                        self._end(stream)
            except StreamFault as fault:
                self._left_stream = None
                self.reset(fault.stream, fault.code)
        return at + have

    def _on_data(self, flags: int, number: int, payload: bytes) -> None:
        """A DATA frame with padding, which is always whole."""
        stream = self._begin_data(number, len(payload))
        payload = _unpad(payload) if flags & PADDED else payload
        if stream is None:
            return
        if payload:
            self._keep(stream, payload, 0, len(payload))
        else:
            self.guard.idle_frame()
        if flags & END_STREAM:
            self._end(stream)

    def _begin_data(self, number: int, size: int) -> Stream[_H] | None:
        """The stream that a DATA frame of `size` belongs to; None when it is not wanted any more."""
        self._granted -= size
        if self._granted < 0:
            raise ConnectionFault(FLOW_CONTROL_ERROR, "more data than the connection's window allows")
        if self._granted < self._connection_window >> 1:
            self.sender.write(window_update(0, self._connection_window - self._granted))
            self._granted = self._connection_window
        stream = self.streams.get(number)
        if stream is None:
            if number == 0 or self.is_idle(number):
                raise ConnectionFault(PROTOCOL_ERROR, f"data for a stream that is not open: {number}")
            if number in self.given_up:
                return None
            raise StreamFault(number, STREAM_CLOSED)
        if stream.ended:
            raise StreamFault(number, STREAM_CLOSED)
        stream.granted -= size
        if stream.granted < 0:
            raise StreamFault(number, FLOW_CONTROL_ERROR)
        return stream

    def _keep(self, stream: Stream[_H], data: bytes, at: int, size: int) -> None:
        """Add to a stream's body: without a copy, unless that would keep much more in memory."""
        whole = size * _SMALL >= len(data)
        stream.parts.append(memoryview(data)[at : at + size] if whole else data[at : at + size])
        stream.size += size
        self._grew(stream, size)
        if stream.granted < self._stream_window >> 1 and stream.id in self.streams:
            self.sender.write(window_update(stream.id, self._stream_window - stream.granted))
            stream.granted = self._stream_window

    # -- HEADERS ------------------------------------------------------------------------------------

    def _read_head(self, data: bytes, at: int, end: int, flags: int, number: int) -> int:
        """Take a field block without padding, if it is there; gives where the next frame begins, or 0."""
        if end > len(data) or not number:
            return 0
        block, ended = data[at:end], flags != END_HEADERS
        taken = 0 if ended else self._take_whole(block, data, end, number)
        if taken:
            return taken
        try:
            self._on_block(number, block, ended=ended)
        except StreamFault as fault:
            self.reset(fault.stream, fault.code)
        return end

    def _on_headers(self, flags: int, number: int, payload: bytes) -> None:
        if number == 0:
            raise ConnectionFault(PROTOCOL_ERROR, "headers without a stream")
        if flags & PADDED:
            payload = _unpad(payload)
        if flags & PRIORITY_FLAG:
            self.check_priority(number, payload)
            payload = payload[5:]
        if flags & END_HEADERS:
            self._on_block(number, payload, ended=bool(flags & END_STREAM))
            return
        self._partial, self._partial_flags, self._partial_stream = [payload], flags, number
        self._partial_size = len(payload)
        self.partial_at = self.clock.now()

    def _on_continuation(self, flags: int, number: int, payload: bytes) -> None:
        if self._partial is None:
            raise ConnectionFault(PROTOCOL_ERROR, "a continuation of nothing")
        self._partial.append(payload)
        self._partial_size += len(payload)
        if self._partial_size > self._header_bytes or len(self._partial) > self._continuations:
            raise ConnectionFault(ENHANCE_YOUR_CALM, "the field block is too large")
        if flags & END_HEADERS:
            block, self._partial = b"".join(self._partial), None
            self._on_block(number, block, ended=bool(self._partial_flags & END_STREAM))

    def _on_block(self, number: int, block: bytes, *, ended: bool) -> None:
        fields = self._reader.known(block)
        if fields is None:
            fields = self._reader.read(block)  # always: the next block may refer to it
        stream = self.streams.get(number)
        if stream is None:
            self._begin(number, fields, ended=ended)
        elif stream.ended:
            raise StreamFault(number, STREAM_CLOSED)
        else:
            self._continue(stream, fields, ended=ended)

    def awaits_since(self) -> float | None:
        """Since when the rest of a frame or of a field block is awaited."""
        if self._partial is not None:
            return self.partial_at
        return self.cut_at if self._tail else None

    def say_goaway(self, last: int, code: int, reason: str = "") -> None:
        """Tell the peer which streams are the last."""
        self.sender.write(goaway(last, code, reason.encode()))

    # -- the role's ---------------------------------------------------------------------------------

    def _take_whole(self, block: bytes, data: bytes, at: int, number: int) -> int:  # noqa: ARG002 - the role's
        """Take a block and all that belongs to it, if that follows at `at` and nothing about it is unusual.

        Gives where that ends, or 0 when it must be taken frame by frame.
        """
        return 0

    def _begin(self, number: int, fields: _H, *, ended: bool) -> None:
        """Headers came for a stream that is not known."""

    def _continue(self, stream: Stream[_H], fields: _H, *, ended: bool) -> None:
        """More headers came for a stream whose sender has not ended it."""

    def _grew(self, stream: Stream[_H], size: int) -> None:
        """The body of `stream` has grown by `size`. May raise `StreamFault`."""

    def _end(self, stream: Stream[_H]) -> None:
        """The peer has ended its side of `stream`."""

    _handlers: ClassVar[dict[int, Callable[[Any, int, int, bytes], None]]] = {
        **Control.handlers,
        DATA: _on_data,
        HEADERS: _on_headers,
        CONTINUATION: _on_continuation,
    }


def _unpad(payload: bytes) -> bytes:
    """A payload without its padding."""
    if not payload:
        raise ConnectionFault(FRAME_SIZE_ERROR, "padding is announced and not there")
    padding = payload[0]
    if padding >= len(payload):
        raise ConnectionFault(PROTOCOL_ERROR, "there is more padding than payload")
    return payload[1 : len(payload) - padding]
