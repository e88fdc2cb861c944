"""Makes the heads of replies; that of a reply that repeats is made once a second."""

from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from penstock_wire.exchange import Pairs, Response
from penstock_wire.runtime import Clock

__all__ = ("CONTINUE", "Heads")

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}
_BODILESS: Final = (204, 304)


class Heads:
    """The heads of one server's replies."""

    def __init__(self, clock: Clock, common: Pairs = ()) -> None:
        """`common` headers are part of every head."""
        self._wall_ns = clock.wall_ns
        self._common = common
        self._second = -1
        self._pairs = common

    def make(self, response: Response, connection: bytes) -> bytes:
        """Status line and headers; `connection` is the value of that header, empty for none."""
        second = self._wall_ns() // 1_000_000_000
        memo = response.memo
        if type(memo) is _Made and memo.key == (self, second, connection):
            return memo.head
        made = response.memo = _Made((self, second, connection), self._render(response, connection, second))
        return made.head

    def pairs(self) -> Pairs:
        """The headers that are part of every head, for protocols with another form of it."""
        second = self._wall_ns() // 1_000_000_000
        if second != self._second:
            self._second = second
            self._pairs = (*self._common, (b"date", formatdate(second, usegmt=True).encode()))
        return self._pairs

    def _render(self, response: Response, connection: bytes, second: int) -> bytes:
        status = response.status
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, '')}".encode()]
        lines += (b"%s: %s" % pair for pair in response.headers)
        if status not in _BODILESS:
            lines.append(b"content-length: %d" % sum(map(len, response.parts)))
        lines += (b"%s: %s" % pair for pair in self._common)
        lines.append(b"date: " + formatdate(second, usegmt=True).encode())
        if connection:
            lines.append(b"connection: " + connection)
        return b"\r\n".join(lines) + b"\r\n\r\n"


class _Made:
    """A head, and by whom, when and for what it was made."""

    __slots__ = ("head", "key")

    def __init__(self, key: tuple[Heads, int, bytes], head: bytes) -> None:
        self.key = key
        self.head = head
