"""Undoes content encodings, never making more bytes than allowed."""

from collections.abc import Callable
from types import ModuleType
from typing import Final, Protocol

from isal import isal_zlib

from penstock_api import MalformedError
from penstock_receiver_otlp.transport import TooLargeError

__all__ = ("Inflate", "inflaters")

Inflate = Callable[[bytes, int], bytes]
"""Takes an encoded body and a limit; raises `MalformedError`, and `TooLargeError` beyond the limit."""

_ERROR: Final[type[Exception]] = isal_zlib.error  # type: ignore[assignment]  # the stub takes it for an instance
_GZIP: Final = 31
_ZLIB: Final = 15
_RAW: Final = -15
_WINDOW: Final = 8 * 1024 * 1024  # what RFC 9659 lets senders use
_SKIPPABLE: Final = 0x184D2A50


class _Decompressor(Protocol):
    """What `zlib` and `isal_zlib` have in common."""

    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes of what is in `data`."""
        ...


def inflaters(names: tuple[str, ...]) -> dict[bytes, Inflate | None]:
    """What to do with a body, for every value of `Content-Encoding` that is accepted; None is nothing."""
    known: dict[str, Inflate | None] = {
        "": None,
        "gzip": _gunzip,
        "zlib": _unzlib,
        "deflate": _unzlib,
        "zstd": _unzstd,
    }
    found = {name.encode(): known[name] for name in names}
    return found | {b"identity": None} if b"" in found else found


def _gunzip(data: bytes, limit: int) -> bytes:
    """gzip, which may consist of several members."""
    parts, left = [], limit
    while data:
        engine = isal_zlib.decompressobj(_GZIP)
        parts.append(_run(engine, data, left))
        left -= len(parts[-1])
        data = engine.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unzlib(data: bytes, limit: int) -> bytes:
    """zlib, which is what HTTP calls deflate; senders that took it for raw deflate are understood too."""
    framed = data[:1] and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    return _run(isal_zlib.decompressobj(_ZLIB if framed else _RAW), data, limit)


def _run(engine: _Decompressor, data: bytes, limit: int) -> bytes:
    try:
        inflated = engine.decompress(data, limit + 1)
    except _ERROR as error:
        raise MalformedError(f"the body is not what its content encoding says: {error}") from error
    if len(inflated) > limit:
        raise TooLargeError
    if not engine.eof:
        raise MalformedError("the body is not what its content encoding says: it is cut off")
    return inflated


def _unzstd(data: bytes, limit: int) -> bytes:
    import zstandard  # noqa: PLC0415 - only who is sent zstd pays for it

    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(data, read_across_frames=True)
    try:
        inflated: bytes = reader.read(limit + 1)
        if len(inflated) > limit:
            raise TooLargeError
        whole = _is_whole(data, zstandard)
    except zstandard.ZstdError as error:
        raise MalformedError(f"the body is not what its content encoding says: {error}") from error
    if not whole:
        raise MalformedError("the body is not what its content encoding says: it is cut off")
    return inflated


def _is_whole(data: bytes, zstandard: ModuleType) -> bool:
    """Whether `data` ends where a zstd frame ends, which the library does not tell.

    A frame is a header, blocks that say how long they are and which is the last, and maybe a checksum
    (RFC 8878, section 3).
    """
    at = 0
    while at < len(data):
        start = data[at : at + 18]
        if int.from_bytes(start[:4], "little") & ~0xF == _SKIPPABLE:
            at += 8 + int.from_bytes(start[4:8], "little")
            continue
        at += zstandard.frame_header_size(start)
        last = False
        while not last and at < len(data):
            block = int.from_bytes(data[at : at + 3], "little")
            last = bool(block & 1)
            is_run = block >> 1 & 3 == 1
            at += 3 + (1 if is_run else block >> 3)
        at += 4 * zstandard.get_frame_parameters(start).has_checksum
        if not last:
            return False
    return at == len(data)
