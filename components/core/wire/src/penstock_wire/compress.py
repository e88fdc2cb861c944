"""Content codings: undoes them, never making more bytes than allowed; and applies them piece by piece."""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Final, Protocol

__all__ = ("CodingError", "Compress", "Inflate", "InflatedTooLargeError", "compressor", "inflater")

Inflate = Callable[[bytes, int], bytes]
"""Takes an encoded body and a limit; raises `CodingError`, and `InflatedTooLargeError` beyond the limit."""
Compress = Callable[[Iterable[bytes]], list[bytes]]
"""Takes the pieces of a body; gives the pieces of the encoded one."""

_GZIP: Final = 31
_ZLIB: Final = 15
_RAW: Final = -15
_WINDOWS: Final = {"gzip": _GZIP, "zlib": _ZLIB, "deflate": _ZLIB}
_FAST: Final = 2
_ZSTD: Final = 3
_ZSTD_WINDOW: Final = 8 * 1024 * 1024  # what RFC 9659 lets senders use
_SKIPPABLE: Final = 0x184D2A50
_WRONG: Final = "the body is not what its content encoding says"


class CodingError(Exception):
    """The body is not what its coding says."""


class InflatedTooLargeError(Exception):
    """There is more in it than the limit; what was inflated is gone."""


class _Decompressor(Protocol):
    """What `zlib` and `isal_zlib` have in common."""

    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes of what is in `data`."""
        ...


def inflater(name: str) -> Inflate:
    """What undoes the coding `name`: gzip, deflate or zlib, zstd. Raises `KeyError` for others."""
    return {"gzip": _gunzip, "zlib": _unzlib, "deflate": _unzlib, "zstd": _unzstd}[name]


def compressor(name: str, level: int = 0) -> Compress:
    """What applies the coding `name`: gzip, deflate or zlib, zstd. Raises `KeyError` for others.

    A level asks for zlib and its ratio; without one isal is ten times as fast.
    """
    if name == "zstd":
        from zstandard import ZstdCompressor  # noqa: PLC0415 - only who uses it pays for it

        engine = ZstdCompressor(level or _ZSTD)
        return lambda pieces: _zstd(engine, pieces)
    window = _WINDOWS[name]
    if level:
        import zlib  # noqa: PLC0415 - only who uses it pays for it

        return lambda pieces: _pieces(zlib.compressobj(level, zlib.DEFLATED, window), pieces)
    from isal import isal_zlib  # noqa: PLC0415 - the same

    return lambda pieces: _pieces(isal_zlib.compressobj(_FAST, isal_zlib.DEFLATED, window), pieces)


class _Compressor(Protocol):
    """What all compressing objects have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """What can be told of the output already."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


def _pieces(engine: _Compressor, pieces: Iterable[bytes]) -> list[bytes]:
    out = [made for piece in pieces if (made := engine.compress(piece))]
    out.append(engine.flush())
    return out


def _zstd(engine: "object", pieces: Iterable[bytes]) -> list[bytes]:
    parts = pieces if isinstance(pieces, (tuple, list)) else tuple(pieces)
    if len(parts) == 1:
        return [engine.compress(parts[0])]  # type: ignore[attr-defined]  # a ZstdCompressor
    size = sum(map(len, parts))
    return _pieces(engine.compressobj(size), parts)  # type: ignore[attr-defined]


def _gunzip(data: bytes, limit: int) -> bytes:
    """gzip, which may consist of several members."""
    from isal import isal_zlib  # noqa: PLC0415 - only who is sent gzip pays for it

    parts, left = [], limit
    while data:
        engine = isal_zlib.decompressobj(_GZIP)
        parts.append(_run(engine, data, left))
        left -= len(parts[-1])
        data = engine.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unzlib(data: bytes, limit: int) -> bytes:
    """zlib, which is what HTTP calls deflate; senders that took it for raw deflate are understood too."""
    from isal import isal_zlib  # noqa: PLC0415 - only who is sent deflate pays for it

    framed = data[:1] and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    return _run(isal_zlib.decompressobj(_ZLIB if framed else _RAW), data, limit)


def _run(engine: _Decompressor, data: bytes, limit: int) -> bytes:
    from isal import isal_zlib  # noqa: PLC0415 - loaded by the callers

    broken: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # the stub takes it for an instance
    try:
        inflated = engine.decompress(data, limit + 1)
    except broken as error:
        raise CodingError(f"{_WRONG}: {error}") from error
    if len(inflated) > limit:
        raise InflatedTooLargeError
    if not engine.eof:
        raise CodingError(f"{_WRONG}: it is cut off")
    return inflated


def _unzstd(data: bytes, limit: int) -> bytes:
    import zstandard  # noqa: PLC0415 - only who is sent zstd pays for it

    engine = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    try:
        inflated: bytes = engine.stream_reader(data, read_across_frames=True).read(limit + 1)
        if len(inflated) > limit:
            raise InflatedTooLargeError
        whole = _is_whole(data, zstandard)
    except zstandard.ZstdError as error:
        raise CodingError(f"{_WRONG}: {error}") from error
    if not whole:
        raise CodingError(f"{_WRONG}: it is cut off")
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
