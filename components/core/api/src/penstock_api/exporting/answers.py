"""Reads what OTLP servers answer: `Export...ServiceResponse` and `google.rpc.Status`, protobuf and JSON.

Run-time schemas of the few fields that matter keep the generated modules unloaded. Texts are bytes in them,
so that a message that is not UTF-8 is still shown.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from penstock_api.config import parse_duration

__all__ = (
    "Partial",
    "RpcStatus",
    "partial_from_json",
    "partial_from_wire",
    "status_from_json",
    "status_from_wire",
)

# Any: the attributes of messages made at run time are unknown to the type checker, and so is JSON.
_Field = FieldDescriptorProto
_SCALARS: Final = {"int64": _Field.TYPE_INT64, "int32": _Field.TYPE_INT32, "bytes": _Field.TYPE_BYTES}
_RETRY_INFO: Final = "google.rpc.RetryInfo"
_REJECTED: Final = ("rejectedSpans", "rejectedDataPoints", "rejectedLogRecords")


@dataclass(frozen=True, slots=True)
class Partial:
    """A partial success: the server refused `rejected` items, or only has something to say."""

    rejected: int
    message: str


@dataclass(frozen=True, slots=True)
class RpcStatus:
    """A `google.rpc.Status`; `after` are the seconds of its `RetryInfo`, None without one."""

    code: int
    message: str
    after: float | None = None
    details: tuple[str, ...] = ()
    """Type URLs of all details."""


def partial_from_wire(data: bytes) -> Partial | None:
    """The partial success in an export response; None for a full one. Raises `ValueError`."""
    partial = _parse(_RESPONSE, data).partial_success
    return _partial(partial.rejected, _text(partial.error_message))


def partial_from_json(data: bytes) -> Partial | None:
    """The same in OTLP/JSON. Raises `ValueError`."""
    try:
        partial = json.loads(data).get("partialSuccess") or {}
        rejected = next((int(partial[key]) for key in _REJECTED if key in partial), 0)
        return _partial(rejected, str(partial.get("errorMessage", "")))
    except (AttributeError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not an export response: {error}") from error


def status_from_wire(data: bytes) -> RpcStatus:
    """A status in protobuf. Raises `ValueError`."""
    status = _parse(_STATUS, data)
    after = None
    for detail in status.details:
        if _text(detail.type_url).rpartition("/")[2] == _RETRY_INFO:
            delay = _parse(_RETRY, detail.value).retry_delay
            after = max(0.0, delay.seconds + delay.nanos / 1e9)
    details = tuple(_text(detail.type_url) for detail in status.details)
    return RpcStatus(status.code, _text(status.message), after, details)


def status_from_json(data: bytes) -> RpcStatus:
    """A status in protobuf's JSON. Raises `ValueError`."""
    try:
        status = json.loads(data)
        details = {str(one.get("@type", "")): one for one in status.get("details", ())}
        retries = [one for url, one in details.items() if url.rpartition("/")[2] == _RETRY_INFO]
        after = max(0.0, parse_duration(retries[0].get("retryDelay", "0s"))) if retries else None
        return RpcStatus(int(status.get("code", 0)), str(status.get("message", "")), after, tuple(details))
    except (AttributeError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a status: {error}") from error


def _partial(rejected: int, message: str) -> Partial | None:
    return Partial(max(0, rejected), message) if rejected or message else None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _parse(parse: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return parse(data)
    except DecodeError as error:
        raise ValueError(f"not a valid answer: {error}") from error


def _message(name: str, **fields: str) -> DescriptorProto:
    """Fields numbered in order, of a scalar type or of the message that is named."""
    numbered = enumerate(fields.items(), 1)
    return DescriptorProto(name=name, field=[_field(key, number, kind) for number, (key, kind) in numbered])


def _field(name: str, number: int, kind: str) -> FieldDescriptorProto:
    return _Field(
        name=name,
        number=number,
        label=_Field.LABEL_REPEATED if name == "details" else _Field.LABEL_OPTIONAL,
        type=_SCALARS.get(kind, _Field.TYPE_MESSAGE),
        type_name=None if kind in _SCALARS else f".penstock.answer.{kind}",
    )


def _pool() -> DescriptorPool:
    pool = DescriptorPool()
    pool.Add(
        FileDescriptorProto(
            name="penstock/answer.proto",
            package="penstock.answer",
            syntax="proto3",
            message_type=[
                _message("Partial", rejected="int64", error_message="bytes"),
                _message("Response", partial_success="Partial"),
                _message("Any", type_url="bytes", value="bytes"),
                _message("Status", code="int32", message="bytes", details="Any"),
                _message("Duration", seconds="int64", nanos="int32"),
                _message("Retry", retry_delay="Duration"),
            ],
        )
    )
    return pool


def _parser(pool: DescriptorPool, name: str) -> Callable[[bytes], Any]:
    return GetMessageClass(pool.FindMessageTypeByName(f"penstock.answer.{name}")).FromString


_POOL: Final = _pool()
_RESPONSE: Final = _parser(_POOL, "Response")
_STATUS: Final = _parser(_POOL, "Status")
_RETRY: Final = _parser(_POOL, "Retry")
