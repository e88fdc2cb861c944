"""A reply as frames. Replies that repeat are made once, for all connections."""

from typing import Final

from penstock_wire.exchange import Response
from penstock_wire.h2.frames import DATA, END_HEADERS, END_STREAM, HEAD, HEADERS, MAX_FRAME
from penstock_wire.h2.hpack import literal_block

__all__ = ("Ready", "ready")

_STATUS: Final = b":status"
_SMALL: Final = 1_024


class Ready:
    """A reply's blocks, and if it is small all of its frames, cut where the stream's number belongs."""

    __slots__ = ("block", "pieces", "size", "trailers")

    def __init__(self, response: Response) -> None:
        status = (_STATUS, b"%d" % response.status)
        self.block = literal_block((status, *response.headers))
        self.trailers = literal_block(response.trailers)
        self.size = sum(map(len, response.parts))
        blocks = len(self.block) + len(self.trailers)
        small = self.size <= _SMALL and blocks <= MAX_FRAME
        self.pieces = _pieces(self.block, response.body(), self.trailers) if small else None


def ready(response: Response) -> Ready:
    """The frames of `response`, made when it is sent first."""
    known = response.memo
    if type(known) is not Ready:
        response.memo = known = Ready(response)
    return known


def _pieces(block: bytes, body: bytes, trailers: bytes) -> list[bytes]:
    frames = [(HEADERS, END_HEADERS, block)]
    if body:
        frames.append((DATA, 0, body))
    if trailers:
        frames.append((HEADERS, END_HEADERS, trailers))
    pieces, payload = [], b""
    for number, (kind, flags, following) in enumerate(frames, 1):
        ends = END_STREAM if number == len(frames) else 0
        size = len(following)
        pieces.append(payload + HEAD.pack(size >> 8, size & 0xFF, kind, flags | ends, 0)[:5])
        payload = following
    return [*pieces, payload]
