"""What the sender of a batch has to know about an HTTP response: done, or whether and when to try again."""

import re
from email.utils import parsedate_to_datetime
from typing import Final

from penstock_api import ConsumeError, PermanentError, RetryableError
from penstock_api.exporting.answers import (
    Partial,
    RpcStatus,
    partial_from_json,
    partial_from_wire,
    status_from_json,
    status_from_wire,
)
from penstock_exporter_otlp_http.transport import Response

__all__ = ("error_of", "partial_of", "shown")

_RETRYABLE: Final = frozenset((429, 502, 503, 504))
_THROTTLING: Final = frozenset((429, 503))
_PARTIAL: Final = {"application/x-protobuf": partial_from_wire, "application/json": partial_from_json}
_STATUS: Final = {"application/x-protobuf": status_from_wire, "application/json": status_from_json}
# The gRPC status code that says the same, for receivers that pass it on.
_CODES: Final = {400: 3, 401: 16, 403: 7, 404: 12, 429: 8, 502: 14, 503: 14, 504: 14}
_UNKNOWN: Final = 2
_SECONDS: Final = re.compile(r"[0-9]{1,15}")


def partial_of(response: Response) -> Partial | None:
    """The partial success that a response tells of. Raises `ValueError` when it cannot be read."""
    read = _PARTIAL.get(_media(response))
    return read(response.body) if read is not None and response.body else None


def error_of(url: str, response: Response, wall_ns: int) -> ConsumeError:
    """The error for a response other than 2xx; `wall_ns` is the time now."""
    text = f"error exporting items, request to {shown(url)} responded with HTTP Status Code {response.status}"
    status = _status_of(response)
    if status is not None:
        text += f", Message={status.message}, Details=[{' '.join(status.details)}]"
    code = _CODES.get(response.status, _UNKNOWN)
    if response.status not in _RETRYABLE:
        return PermanentError(text, code=code)
    after = _delay(response, wall_ns) if response.status in _THROTTLING else None
    return RetryableError(text, after=after, code=code)


def shown(url: str) -> str:
    """`url` without user and password."""
    return re.sub(r"(?<=//)[^/?#]*@", "", url, count=1)


def _media(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _status_of(response: Response) -> RpcStatus | None:
    read = _STATUS.get(_media(response))
    if read is None or not response.body:
        return None
    try:
        return read(response.body)
    except ValueError:  # the status code still says enough
        return None


def _delay(response: Response, wall_ns: int) -> float | None:
    """Seconds to wait by `Retry-After`, which is a number of seconds or a date."""
    text = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - wall_ns / 1e9)
    except (ValueError, OverflowError):
        return None
