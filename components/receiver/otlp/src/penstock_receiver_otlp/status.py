"""The bodies of OTLP responses: `google.rpc.Status`, `Export...ServiceResponse`; in protobuf and JSON.

They are a few fields each, so they are written by hand instead of loading generated modules.
"""

import json
from dataclasses import dataclass
from typing import Final

from penstock_api import Signal

__all__ = ("Status", "export_response", "export_response_json")

_RETRY_INFO: Final = "type.googleapis.com/google.rpc.RetryInfo"
_REJECTED: Final = {
    Signal.TRACES: "rejectedSpans",
    Signal.METRICS: "rejectedDataPoints",
    Signal.LOGS: "rejectedLogRecords",
}


@dataclass(frozen=True, slots=True)
class Status:
    """A `google.rpc.Status`; `after` are the seconds of its `RetryInfo`."""

    code: int
    message: str
    after: float | None = None

    def to_bytes(self) -> bytes:
        """In protobuf."""
        head = _number(1, self.code) + _bytes(2, self.message.encode())
        if self.after is None:
            return head
        seconds, nanos = _split(self.after)
        retry = _bytes(1, _number(1, seconds) + _number(2, nanos))
        return head + _bytes(3, _bytes(1, _RETRY_INFO.encode()) + _bytes(2, retry, always=True))

    def to_json(self) -> bytes:
        """In protobuf's JSON."""
        tree: dict[str, object] = {"code": self.code, "message": self.message}
        if self.after is not None:
            seconds, nanos = _split(self.after)
            delay = f"{seconds}.{nanos:09}s" if nanos else f"{seconds}s"
            tree["details"] = [{"@type": _RETRY_INFO, "retryDelay": delay}]
        return json.dumps(tree, separators=(",", ":")).encode()


def export_response(rejected: int, message: str) -> bytes:
    """An export response with a partial success."""
    partial = _number(1, rejected) + _bytes(2, message.encode())
    return _bytes(1, partial, always=True)


def export_response_json(signal: Signal, rejected: int, message: str) -> bytes:
    """The same in OTLP/JSON, in which 64-bit numbers are strings."""
    partial = {_REJECTED[signal]: str(rejected), "errorMessage": message}
    return json.dumps({"partialSuccess": partial}, separators=(",", ":")).encode()


def _split(seconds: float) -> tuple[int, int]:
    return divmod(max(0, round(seconds * 1e9)), 1_000_000_000)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else b""


def _bytes(field: int, value: bytes, *, always: bool = False) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value if value or always else b""
