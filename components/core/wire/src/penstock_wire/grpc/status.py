"""The statuses of gRPC, and how they and deadlines look in headers."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

__all__ = (
    "CANCELLED",
    "DEADLINE_EXCEEDED",
    "INTERNAL",
    "OK",
    "RESOURCE_EXHAUSTED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    "decode_message",
    "decode_timeout",
    "encode_message",
    "encode_timeout",
)

OK: Final = 0
CANCELLED: Final = 1
UNKNOWN: Final = 2
DEADLINE_EXCEEDED: Final = 4
RESOURCE_EXHAUSTED: Final = 8
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13
UNAVAILABLE: Final = 14

_PLAIN: Final = frozenset(range(0x20, 0x7F)) - {0x25}
_UNITS: Final = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}
_TIMEOUT: Final = re.compile(rb"([0-9]{1,8})([HMSmun])")
_MOST: Final = 99_999_999


def encode_message(text: str) -> bytes:
    """The value of `grpc-message`: percent-encoded where it is not printable ASCII."""
    data = text.encode("utf-8", "replace")
    return b"".join(bytes((byte,)) if byte in _PLAIN else b"%%%02X" % byte for byte in data)


def decode_message(value: bytes) -> str:
    """The text of a `grpc-message`; what is not well-formed stays as it is."""
    return unquote_to_bytes(value).decode("utf-8", "replace")


@lru_cache(maxsize=256)
def decode_timeout(value: bytes) -> float | None:
    """The seconds of a `grpc-timeout`; None when it is malformed."""
    found = _TIMEOUT.fullmatch(value)
    return int(found[1]) * _UNITS[found[2]] if found is not None else None


def encode_timeout(seconds: float) -> bytes:
    """A `grpc-timeout` of at most eight digits, as exact as they allow; never negative."""
    seconds = max(0.0, seconds)
    for unit in (b"n", b"u", b"m", b"S", b"M"):
        count = int(seconds / _UNITS[unit])
        if count <= _MOST:
            return b"%d%s" % (count, unit)
    return b"%dH" % min(_MOST, int(seconds / 3600))
