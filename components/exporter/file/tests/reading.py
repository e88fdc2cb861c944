"""Reads back what the exporter wrote."""

from pathlib import Path

import zstandard

from penstock_api import AnyBatch, Logs, Metrics, Signal, Traces
from penstock_testkit import names_of

BATCHES = {Signal.TRACES: Traces, Signal.METRICS: Metrics, Signal.LOGS: Logs}


def lines(path: Path, kind: type[AnyBatch] = Traces) -> list[AnyBatch]:
    """The requests of a file of JSON lines; every line must be whole."""
    *whole, last = path.read_bytes().split(b"\n")
    assert last == b"", f"ends within a record: {last[:80]!r}"
    return [kind.from_json(line) for line in whole]


def frames(path: Path) -> list[bytes]:
    """The records of a file in which each stands after its length; every one must be whole."""
    data, found = path.read_bytes(), []
    while data:
        size = int.from_bytes(data[:4], "big")
        found.append(data[4 : 4 + size])
        assert len(found[-1]) == size, "ends within a record"
        data = data[4 + size :]
    return found


def unpack(frame: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(frame)


def descriptors() -> int:
    """How many files, sockets and so on this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def names(batches: list[AnyBatch]) -> list[str]:
    return [name for batch in batches for name in names_of(batch)]
