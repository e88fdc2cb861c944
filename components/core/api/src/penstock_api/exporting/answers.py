"""Reads what OTLP servers answer: `Export...ServiceResponse` and `google.rpc.Status`, protobuf and JSON.

protobuf is loaded by the first answer that is not empty.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from penstock_api.config import parse_duration
from penstock_api.errors import PermanentError

__all__ = (
    "Partial",
    "RpcStatus",
    "note_partial",
    "partial_from_json",
    "partial_from_wire",
    "status_from_json",
    "status_from_wire",
)

T = TypeVar("T")

_Parsed = Any  # Any: the attributes of messages made at run time are unknown to the type checker
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


def note_partial(
    log: "logging.LoggerAdapter[logging.Logger]", read: Callable[[T], Partial | None], answer: T
) -> None:
    """Log the partial success that `read` finds in an answer. Raises `PermanentError` if it cannot."""
    try:
        partial = read(answer)
    except ValueError as error:
        raise PermanentError(f"the server's response cannot be read: {error}") from error
    if partial is not None:
        log.warning(
            "Partial success response", extra={"error": partial.message, "dropped_items": partial.rejected}
        )


def partial_from_wire(data: bytes) -> Partial | None:
    """The partial success in an export response; None for a full one. Raises `ValueError`."""
    if not data:
        return None
    partial = _parse("Response", data).partial_success
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
    status = _parse("Status", data)
    after = None
    for detail in status.details:
        if _text(detail.type_url).rpartition("/")[2] == _RETRY_INFO:
            delay = _parse("Retry", detail.value).retry_delay
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


def _parse(name: str, data: bytes) -> _Parsed:
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - protobuf is loaded when needed

    from penstock_api.exporting.schema import PARSERS  # noqa: PLC0415 - the same

    try:
        return PARSERS[name](data)
    except DecodeError as error:
        raise ValueError(f"not a valid answer: {error}") from error
