"""The frames of a connection that carry no request: settings, pings, windows, resets, farewells."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, Final, Generic, TypeVar  # Any: a frame's handler has the role's type

from penstock_wire.h2.faults import (
    FRAME_SIZE_ERROR,
    NO_ERROR,
    PROTOCOL_ERROR,
    ConnectionFault,
    StreamFault,
)
from penstock_wire.h2.frames import (
    ACK,
    GOAWAY,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
    goaway,
    reset,
)
from penstock_wire.h2.guard import Guard
from penstock_wire.h2.sender import Sender
from penstock_wire.h2.settings import (
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    parse_settings,
)
from penstock_wire.h2.stream import Stream
from penstock_wire.runtime import Clock

__all__ = ("SMALL_CREDIT", "Control")

_H = TypeVar("_H")
_REMEMBERED: Final = 256
SMALL_CREDIT: Final = 4_096
"""What lets us send less than this is of little use, and counted."""
_HIGH_WATER: Final = 1 << 20


class Control(asyncio.Protocol, Generic[_H]):
    """The state that both roles have, and the frames that change it."""

    def __init__(self, clock: Clock, guard: Guard) -> None:
        self.clock = clock
        self.guard = guard
        self.sender = Sender(asyncio.get_running_loop())
        self.streams: dict[int, Stream[_H]] = {}
        self.given_up: dict[int, None] = {}
        """Streams that we have reset: what still comes for them is ignored."""
        self.is_settled = False
        """Whether the peer's settings have come."""
        self.acked = False
        """Whether the peer has taken our settings."""
        self.max_streams = 2**31 - 1
        """How many streams of ours the peer takes at a time."""
        self.heard_at = self.begun_at = clock.now()
        self.pinged_at: float | None = None
        """When a ping of ours went out that is not answered."""
        self.is_closing = False
        """Whether the connection ends with its last stream."""
        self.is_over = False
        """Whether nothing is read any more."""
        self.over_at = 0.0
        self.stuck_at = 0.0
        """When the peer last stopped taking what we send."""

    # -- asyncio ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one
        """Begin."""
        self.sender.transport = transport
        transport.set_write_buffer_limits(high=_HIGH_WATER)

    def pause_writing(self) -> None:
        """The peer does not take what we send: read nothing more from it."""
        self.sender.is_paused = True
        self.stuck_at = self.clock.now()
        self.pause()

    def resume_writing(self) -> None:
        """The peer has taken most of it."""
        self.sender.is_paused = False
        self.resume()
        self._pump_all()

    def pause(self) -> None:
        """Stop reading."""
        transport = self.sender.transport
        if transport is not None and not transport.is_closing():
            transport.pause_reading()

    def resume(self) -> None:
        """Read again, unless something else is against it."""
        transport = self.sender.transport
        if transport is not None and not transport.is_closing() and not self.sender.is_paused:
            transport.resume_reading()

    # -- ending -------------------------------------------------------------------------------------

    def reset(self, number: int, code: int) -> None:
        """Give up one stream."""
        self.sender.write(reset(number, code))
        self.remember(number)
        stream = self.streams.pop(number, None)
        if stream is not None:
            self.sender.forget(stream)
            self._dropped(stream, code)
        if code != NO_ERROR:
            self.guard.reset()

    def remember(self, number: int) -> None:
        """Ignore what still comes for this stream."""
        self.given_up[number] = None
        if len(self.given_up) > _REMEMBERED:
            del self.given_up[next(iter(self.given_up))]

    def fail(self, fault: ConnectionFault) -> None:
        """End the connection, telling the peer why."""
        self.sender.write(goaway(self.last_stream, fault.code, fault.reason.encode()))
        self.end(fault.reason)

    def end(self, reason: str) -> None:  # noqa: ARG002 - for the role
        """Close when what was written is sent."""
        self.is_over = True
        self.over_at = self.clock.now()
        self.sender.flush()
        if self.sender.transport is not None:
            self.sender.transport.close()

    def abort(self) -> None:
        """Close now."""
        self.is_over = True
        if self.sender.transport is not None:
            self.sender.transport.abort()

    def close_if_done(self) -> None:
        """Close when nothing is under way any more."""
        if not self.streams and not self.is_over:
            self.end("")

    # -- frames -------------------------------------------------------------------------------------

    def _on_settings(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ConnectionFault(PROTOCOL_ERROR, "settings on a stream")
        self.guard.idle_frame()
        if flags & ACK:
            if payload:
                raise ConnectionFault(FRAME_SIZE_ERROR, "an acknowledgement with settings in it")
            self.acked = True
            return
        for key, value in parse_settings(payload):
            if key == INITIAL_WINDOW_SIZE:
                self.sender.set_initial(value, self.streams.values())
            elif key == MAX_FRAME_SIZE:
                self.sender.max_frame = min(value, 1 << 20)
            elif key == MAX_CONCURRENT_STREAMS:
                self.max_streams = value
            else:
                self._set(key, value)
        self.is_settled = True
        self.sender.write(frame(SETTINGS, ACK, 0))
        self._pump_all()
        self._settled()

    def _on_ping(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ConnectionFault(PROTOCOL_ERROR, "a ping on a stream")
        if len(payload) != 8:
            raise ConnectionFault(FRAME_SIZE_ERROR, "a ping that is not 8 bytes long")
        self.guard.idle_frame()
        if flags & ACK:
            self.pinged_at = None
            self._ponged(payload)
            return
        self.sender.write(frame(PING, ACK, 0, payload))
        self._pinged()

    def _on_window_update(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002 - has none
        raise ConnectionFault(FRAME_SIZE_ERROR, "a window update that is not 4 bytes long")

    def take_credit(self, number: int, size: int) -> None:
        """The peer lets us send `size` bytes more, on a stream or on the connection."""
        if size < SMALL_CREDIT:
            self.guard.idle_frame()
        if number == 0:
            if not size:
                raise ConnectionFault(PROTOCOL_ERROR, "a window update of nothing")
            self.sender.credit(size)
            if self.sender.blocked:
                self._pump_all()
            return
        stream = self.streams.get(number)
        if stream is None:
            if self.is_idle(number):
                raise ConnectionFault(
                    PROTOCOL_ERROR, f"a window update for a stream that is not open: {number}"
                )
            return
        if not size:
            raise StreamFault(number, PROTOCOL_ERROR)
        self.sender.credit_stream(stream, size)
        if stream.pending:
            self._pump(stream)

    def _on_rst_stream(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002 - has none
        if len(payload) != 4:
            raise ConnectionFault(FRAME_SIZE_ERROR, "a reset that is not 4 bytes long")
        if number == 0 or self.is_idle(number):
            raise ConnectionFault(PROTOCOL_ERROR, f"a reset of a stream that is not open: {number}")
        stream = self.streams.pop(number, None)
        if stream is None:
            self.guard.idle_frame()
            return
        self.sender.forget(stream)
        self._dropped(stream, int.from_bytes(payload, "big"))
        self.guard.reset()

    def _on_priority(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002 - has none
        if number == 0:
            raise ConnectionFault(PROTOCOL_ERROR, "a priority without a stream")
        if len(payload) != 5:
            raise StreamFault(number, FRAME_SIZE_ERROR)
        self.check_priority(number, payload)
        self.guard.idle_frame()

    def check_priority(self, number: int, payload: bytes) -> None:
        """Look at a priority, which is not used, only for what it must not be."""
        if len(payload) < 5:
            raise ConnectionFault(FRAME_SIZE_ERROR, "a priority is cut off")
        if int.from_bytes(payload[:4], "big") & 0x7FFFFFFF == number:
            raise ConnectionFault(PROTOCOL_ERROR, f"a stream that depends on itself: {number}")

    def _on_goaway(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002 - has none
        if number:
            raise ConnectionFault(PROTOCOL_ERROR, "a farewell on a stream")
        if len(payload) < 8:
            raise ConnectionFault(FRAME_SIZE_ERROR, "a farewell is cut off")
        self.guard.idle_frame()
        last, code = int.from_bytes(payload[:4], "big") & 0x7FFFFFFF, int.from_bytes(payload[4:8], "big")
        self._going(last, code, payload[8:])

    def _on_push_promise(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002 - refused
        raise ConnectionFault(PROTOCOL_ERROR, "a push, which was not allowed")

    def ignore(self, flags: int, number: int, payload: bytes) -> None:  # noqa: ARG002 - whatever it was
        """Take a frame of a type that is not known."""
        self.guard.idle_frame()

    def _pump_all(self) -> None:
        for stream in tuple(self.sender.blocked.values()):
            if self.sender.window <= 0 or self.sender.is_paused:
                return
            self._pump(stream)

    def _pump(self, stream: Stream[_H]) -> None:
        before = self.sender.window
        done = self.sender.pump(stream)
        if self.sender.window != before:
            stream.at = self.clock.now()
        if done:
            self._sent(stream)

    # -- the role's ---------------------------------------------------------------------------------

    @property
    def last_stream(self) -> int:
        """The highest stream of the peer that we may have acted on."""
        return 0

    def is_idle(self, number: int) -> bool:
        """Whether a stream has not begun."""
        return number > self.last_stream

    def _set(self, key: int, value: int) -> None:
        """A setting that only the role cares for."""

    def _settled(self) -> None:
        """Settings were taken."""

    def _pinged(self) -> None:
        """The peer has pinged."""

    def _ponged(self, payload: bytes) -> None:
        """The peer has answered a ping."""

    def _going(self, last: int, code: int, debug: bytes) -> None:
        """The peer takes no streams of ours above `last`."""

    def _dropped(self, stream: Stream[_H], code: int) -> None:
        """`stream` was reset, by either side, and is forgotten."""

    def _sent(self, stream: Stream[_H]) -> None:
        """All of our side of `stream` is sent, later than it was asked for."""

    handlers: ClassVar[dict[int, Callable[[Any, int, int, bytes], None]]] = {
        PRIORITY: _on_priority,
        RST_STREAM: _on_rst_stream,
        SETTINGS: _on_settings,
        PUSH_PROMISE: _on_push_promise,
        PING: _on_ping,
        GOAWAY: _on_goaway,
        WINDOW_UPDATE: _on_window_update,
    }
