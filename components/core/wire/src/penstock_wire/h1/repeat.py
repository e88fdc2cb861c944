"""Recognises the head of a request that a client sends again and again, which saves parsing it."""

import re
from typing import Final

from penstock_wire.exchange import Head
from penstock_wire.h1.incoming import Incoming

__all__ = ("Repeated",)

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
_END: Final = b"\r\n\r\n"
_LONGEST: Final = 4096


class Repeated:
    """One head as it was sent, in the two parts around the digits of its length.

    What equals it in all other bytes means the same: everything that makes a request valid was checked when
    this one was parsed.
    """

    __slots__ = ("_after", "_before", "_headers_after", "_headers_before", "_last", "_limit")

    def __init__(self, limit: int, head: Head, before: bytes, after: bytes, digits: bytes) -> None:
        self._limit = limit
        self._before = before
        self._after = after
        names = [name for name, _ in head.headers]
        at = names.index(b"content-length")
        self._headers_before, self._headers_after = head.headers[:at], head.headers[at + 1 :]
        self._last = digits, head

    @classmethod
    def learn(cls, limit: int, data: bytes, incoming: Incoming) -> "Repeated | None":
        """From `data`, which is the one request `incoming` and nothing else; None when that is not so."""
        head = incoming.head
        if head is None or not head.length or incoming.is_old or incoming.expects or not incoming.keep_alive:
            return None
        end = data.find(_END) + len(_END)
        found = _LENGTH.search(data, 0, end)
        if found is None or end + head.length != len(data) or end > _LONGEST or incoming.too_large:
            return None
        at, stop = found.span(1)
        return cls(limit, head, data[:at], data[stop:end], found[1])

    def match(self, data: bytes) -> Incoming | None:
        """The request in `data`, if that is one whole request with this head, and nothing else."""
        before, after = self._before, self._after
        if not data.startswith(before):
            return None
        at = len(before)
        stop = data.find(b"\r", at, at + 19)
        digits = data[at:stop]
        last, head = self._last
        if digits != last:
            if stop < 0 or not (digits.isdigit() and digits.isascii()):
                return None
            headers = (*self._headers_before, (b"content-length", digits), *self._headers_after)
            head = Head(head.method, head.path, headers, head.authority, head.scheme, int(digits))
        if not data.startswith(after, stop):
            return None
        start, size = stop + len(after), head.length or 0
        if len(data) - start != size or size > self._limit:
            return None
        self._last = digits, head
        return Incoming.of(head, data[start:], size)
