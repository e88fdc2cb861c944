"""The frames of HTTP/2 as bytes (RFC 9113, sections 4 and 6)."""

from struct import Struct
from typing import Final

__all__ = (
    "ACK",
    "CONTINUATION",
    "DATA",
    "END_HEADERS",
    "END_STREAM",
    "GOAWAY",
    "HEAD",
    "HEADERS",
    "MAX_FRAME",
    "MAX_WINDOW",
    "PADDED",
    "PING",
    "PREFACE",
    "PRIORITY",
    "PRIORITY_FLAG",
    "PUSH_PROMISE",
    "RST_STREAM",
    "SETTINGS",
    "WINDOW_UPDATE",
    "WORD",
    "frame",
    "goaway",
    "header_frames",
    "reset",
    "window_update",
)

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD: Final = Struct(">HBBBL")
"""A frame's head: the upper 16 and the lower 8 bits of its size, its type, its flags, its stream."""
MAX_FRAME: Final = 16_384
"""The largest payload of a frame, in both directions, unless the peer takes larger ones."""
MAX_WINDOW: Final = 2**31 - 1

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    range(10)
)
END_STREAM, END_HEADERS, PADDED, PRIORITY_FLAG = 0x1, 0x4, 0x8, 0x20
ACK: Final = 0x1

WORD: Final = Struct(">L")
_PAIR: Final = Struct(">LL")


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    size = len(payload)
    return HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


def header_frames(stream: int, block: bytes, *, ended: bool) -> bytes:
    """A field block in a HEADERS frame, and in CONTINUATION frames where it does not fit."""
    flags = END_STREAM if ended else 0
    if len(block) <= MAX_FRAME:
        return frame(HEADERS, flags | END_HEADERS, stream, block)
    out = [frame(HEADERS, flags, stream, block[:MAX_FRAME])]
    for at in range(MAX_FRAME, len(block), MAX_FRAME):
        last = END_HEADERS if at + MAX_FRAME >= len(block) else 0
        out.append(frame(CONTINUATION, last, stream, block[at : at + MAX_FRAME]))
    return b"".join(out)


def reset(stream: int, code: int) -> bytes:
    """A RST_STREAM frame."""
    return frame(RST_STREAM, 0, stream, WORD.pack(code))


def window_update(stream: int, size: int) -> bytes:
    """A WINDOW_UPDATE frame."""
    return frame(WINDOW_UPDATE, 0, stream, WORD.pack(size))


def goaway(last: int, code: int, debug: bytes = b"") -> bytes:
    """A GOAWAY frame; `last` is the highest stream that is or may be acted on."""
    return frame(GOAWAY, 0, 0, _PAIR.pack(last, code) + debug)
