"""One batch as one record of a file."""

from collections.abc import Callable, Sequence
from pathlib import Path

from penstock_api import AnyBatch
from penstock_exporter_file.config import FileConfig

__all__ = ("Encode", "encoder", "ends_whole")

Encode = Callable[[AnyBatch], Sequence[bytes]]
"""Gives the buffers of a record, to be written one after the other. Raises `MalformedError`."""

_LENGTH = 4


def encoder(config: FileConfig) -> Encode:
    """The function that makes records as `config` says."""
    encode = AnyBatch.to_json if config.format == "json" else AnyBatch.to_bytes
    if config.compression:
        return _compressed(encode)
    return _wire if config.format == "proto" else _line


def ends_whole(path: Path, *, framed: bool) -> bool:
    """Whether the file at `path` ends with a whole record, so that another one may follow it."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        if not end:
            return True
        if not framed:
            file.seek(end - 1)
            return file.read(1) == b"\n"
        at = file.seek(0)
        while at < end:
            at += _LENGTH + int.from_bytes(file.read(_LENGTH), "big")
            file.seek(at)
        return at == end


def _line(batch: AnyBatch) -> Sequence[bytes]:
    return (batch.to_json(), b"\n")


def _wire(batch: AnyBatch) -> Sequence[bytes]:
    return (batch.size.to_bytes(_LENGTH, "big"), *batch.wire)


def _compressed(encode: Callable[[AnyBatch], bytes]) -> Encode:
    import zstandard  # noqa: PLC0415 - only who compresses pays for it

    compressor = zstandard.ZstdCompressor()

    def frame(batch: AnyBatch) -> Sequence[bytes]:
        data = compressor.compress(encode(batch))
        return (len(data).to_bytes(_LENGTH, "big"), data)

    return frame
