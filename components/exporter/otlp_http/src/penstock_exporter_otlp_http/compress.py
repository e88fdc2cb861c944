"""Compresses request bodies, as configured."""

from collections.abc import Callable, Iterable

from penstock_exporter_otlp_http.config import OtlpHttpConfig

__all__ = ("Compress", "compressor")

Compress = Callable[[Iterable[bytes]], list[bytes]]
"""Takes the pieces of a body; gives the pieces of the compressed one."""


def compressor(config: OtlpHttpConfig) -> Compress | None:
    """The function that `config` asks for; None for no compression."""
    if config.compression in ("", "none"):
        return None
    from penstock_wire.compress import compressor as make  # noqa: PLC0415 - only who uses it pays for it

    return make(config.compression, config.compression_params.level)
