"""The sending side of a connection: one write per turn of the loop, within the peer's windows."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any  # Any: streams of either role

from penstock_wire.exchange import Buffer
from penstock_wire.h2.faults import FLOW_CONTROL_ERROR, ConnectionFault, StreamFault
from penstock_wire.h2.frames import DATA, END_STREAM, HEAD, MAX_FRAME, MAX_WINDOW, header_frames
from penstock_wire.h2.stream import NOTHING, Stream
from penstock_wire.writing import write_pieces

__all__ = ("Sender",)

_Stream = Stream[Any]  # Any: of either role
_DEFAULT_WINDOW = 65_535


class Sender:
    """Collects frames and writes them together. Bodies wait here for room."""

    __slots__ = (
        "_has_bodies",
        "_initial",
        "_loop",
        "_out",
        "_scheduled",
        "blocked",
        "is_busy",
        "is_paused",
        "max_frame",
        "transport",
        "window",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._out: list[Buffer] = []
        self._initial = _DEFAULT_WINDOW
        self._scheduled = False
        self._has_bodies = False
        """Whether something is in `_out` that is better not copied."""
        self.transport: asyncio.Transport | None = None
        self.window = _DEFAULT_WINDOW
        self.max_frame = MAX_FRAME
        self.blocked: dict[int, _Stream] = {}
        self.is_paused = False
        """Whether the transport holds as much as it should."""
        self.is_busy = False
        """Whether a `flush` follows in this turn of the loop anyway."""

    @property
    def initial(self) -> int:
        """The window of a stream that begins."""
        return self._initial

    def write(self, data: Buffer) -> None:
        """Send `data` at the end of this turn of the loop."""
        self._out.append(data)
        if not self.is_busy and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write everything that was collected."""
        self._scheduled = False
        out = self._out
        if not out:
            return
        self._out = []
        if self.transport is not None and not self.transport.is_closing():
            if self._has_bodies:
                self._has_bodies = False
                write_pieces(self.transport, out)
            else:
                self.transport.write(out[0] if len(out) == 1 else b"".join(out))

    def send(self, stream: _Stream, block: bytes, parts: Iterable[Buffer], last: bytes = b"") -> bool:
        """Send a head, a body and trailers, if there are some; whether there was room for all of it."""
        pending = stream.pending = deque(part for part in parts if len(part))
        stream.sent = True
        stream.last = last
        self.write(header_frames(stream.id, block, ended=not pending and not last))
        return self.pump(stream) if pending or last else True

    def pump(self, stream: _Stream) -> bool:
        """Send what there is room for of what waits; whether that is all of it."""
        pending = stream.pending
        while pending:
            room = min(self.window, stream.window, self.max_frame)
            if room <= 0 or self.is_paused:
                self.blocked[stream.id] = stream
                return False
            size, chunk = _take(stream, room)
            ends = not pending and not stream.last
            self.write(HEAD.pack(size >> 8, size & 0xFF, DATA, END_STREAM if ends else 0, stream.id))
            self._out.extend(chunk)
            self._has_bodies = True
            self.window -= size
            stream.window -= size
        if stream.last:
            self.write(header_frames(stream.id, stream.last, ended=True))
        self.blocked.pop(stream.id, None)
        return True

    def credit(self, size: int) -> None:
        """The connection's window grows."""
        self.window += size
        if self.window > MAX_WINDOW:
            raise ConnectionFault(FLOW_CONTROL_ERROR, "the connection's window is larger than it can be")

    def credit_stream(self, stream: _Stream, size: int) -> None:
        """A stream's window grows."""
        stream.window += size
        if stream.window > MAX_WINDOW:
            raise StreamFault(stream.id, FLOW_CONTROL_ERROR)

    def set_initial(self, size: int, streams: Iterable[_Stream]) -> None:
        """The peer has chosen the window of streams, those that exist included."""
        change, self._initial = size - self._initial, size
        for stream in streams:
            stream.window += change
            if stream.window > MAX_WINDOW:
                raise ConnectionFault(FLOW_CONTROL_ERROR, "a stream's window is larger than it can be")

    def forget(self, stream: _Stream) -> None:
        """Send nothing more of `stream`."""
        stream.pending = NOTHING
        stream.last = None
        self.blocked.pop(stream.id, None)


def _take(stream: _Stream, room: int) -> tuple[int, list[Buffer]]:
    """At most `room` bytes of what waits, not copied."""
    pending, size, chunk = stream.pending, 0, []
    while pending and size < room:
        part = pending.popleft()
        left = room - size
        if len(part) > left:
            view = memoryview(part)
            part = view[:left]
            pending.appendleft(view[left:])
        chunk.append(part)
        size += len(part)
    return size, chunk
