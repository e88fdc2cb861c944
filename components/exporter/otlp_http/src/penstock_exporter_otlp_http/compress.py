"""Compresses request bodies. The libraries are loaded for the one compression that is configured."""

from collections.abc import Callable
from typing import Final

from penstock_exporter_otlp_http.config import OtlpHttpConfig

__all__ = ("Compress", "compressor")

Compress = Callable[[bytes], bytes]

# What the `wbits` of zlib mean: 31 is gzip's frame, 15 zlib's, which HTTP calls deflate.
_WINDOW: Final = {"gzip": 31, "zlib": 15, "deflate": 15}
_FAST: Final = 2
_ZSTD: Final = 3


def compressor(config: OtlpHttpConfig) -> Compress | None:
    """The function that `config` asks for; None for no compression."""
    level = config.compression_params.level
    if config.compression in ("", "none"):
        return None
    if config.compression == "zstd":
        from zstandard import ZstdCompressor  # noqa: PLC0415 - only who uses it pays for it

        return ZstdCompressor(level or _ZSTD).compress
    return _deflate(_WINDOW[config.compression], level)


def _deflate(window: int, level: int) -> Compress:
    """A level asks for zlib and its ratio; without one isal is ten times as fast."""
    if level:
        from zlib import compress  # noqa: PLC0415 - only who uses it pays for it

        return lambda body: compress(body, level, window)
    from isal.isal_zlib import compress as fast  # noqa: PLC0415 - the same

    return lambda body: fast(body, _FAST, window)
