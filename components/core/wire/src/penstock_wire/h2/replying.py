"""The half of a server's connection that sends replies."""

from collections.abc import Callable
from struct import Struct
from typing import Final

from penstock_wire.exchange import Pairs, Response
from penstock_wire.h2.connection import Connection
from penstock_wire.h2.faults import ENHANCE_YOUR_CALM, NO_ERROR, ConnectionFault
from penstock_wire.h2.frames import header_frames, reset
from penstock_wire.h2.guard import Guard
from penstock_wire.h2.heads import Fields
from penstock_wire.h2.hpack import literal_block
from penstock_wire.h2.pings import PingPolicy
from penstock_wire.h2.reply import Ready, ready
from penstock_wire.h2.settings import HEADER_TABLE_SIZE
from penstock_wire.h2.stream import Stream
from penstock_wire.service import Service

__all__ = ("DEFAULT_WINDOW", "Replying")

DEFAULT_WINDOW: Final = 65_535
_NUMBER: Final = Struct(">L")
_EMPTY_TABLE: Final = b"\x20"
_CONTINUE: Final = literal_block(((b":status", b"100"),))
_Stream = Stream[Fields]


class Replying(Connection[Fields]):
    """Sends replies: at once where nothing is against it, otherwise as far as the client lets it."""

    def __init__(self, service: Service, common: Callable[[], Pairs] | None) -> None:
        """`common` gives headers of every reply."""
        limits = service.limits
        super().__init__(
            service.clock,
            guard=Guard(service.clock, resets=limits.max_resets, frames=limits.max_idle_frames),
            header_bytes=limits.max_header_bytes,
            make=Fields,
            windows=(max(limits.connection_window, DEFAULT_WINDOW), limits.stream_window),
            continuations=limits.max_continuations,
        )
        self._common = common
        self._prefix = b""
        """What the next block of headers begins with."""
        self._pings = PingPolicy(limits, service.clock)
        self.free_at = self.begun_at
        """When the last stream ended."""

    def _reply(self, stream: _Stream, response: Response) -> None:
        stream.sent = True
        if self._send_at_once(stream.id, stream.window, response):
            self._close(stream)
            return
        made = ready(response)
        block, self._prefix = self._prefix + made.block, b""
        if self._common is not None:
            block += literal_block(self._common())
        stream.at = self.clock.now()
        if self.sender.send(stream, block, response.parts, made.trailers):
            self._close(stream)

    def _send_at_once(self, number: int, window: int, response: Response) -> bool:
        """Send a reply that is small and has to wait for nothing; otherwise do nothing."""
        if self._pings.at is not None:
            self._pings.sent()
        made = response.memo
        if type(made) is not Ready:
            made = ready(response)
        sender, size = self.sender, made.size
        if (
            made.pieces is None
            or self._common is not None
            or size > sender.window
            or size > window
            or self._prefix
            or sender.blocked
        ):
            return False
        sender.window -= size
        sender.write(_NUMBER.pack(number).join(made.pieces))
        return True

    def _tell_to_continue(self, number: int) -> None:
        """The client waits for this before it sends the body (RFC 9110, section 10.1.1)."""
        block, self._prefix = self._prefix + _CONTINUE, b""
        self.sender.write(header_frames(number, block, ended=False))

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

    def _set(self, key: int, value: int) -> None:
        if key == HEADER_TABLE_SIZE and value < 4096:
            self._prefix = _EMPTY_TABLE  # the client waits to be told that we keep to it

    def _pinged(self) -> None:
        if not self._pings.allows(busy=bool(self.streams)):
            raise ConnectionFault(ENHANCE_YOUR_CALM, "too_many_pings")
