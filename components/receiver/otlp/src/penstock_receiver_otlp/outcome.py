"""What an error of a pipeline means to the sender."""

import math
from typing import Final

from penstock_api import ConsumeError, MalformedError, RetryableError
from penstock_receiver_otlp.status import Status

__all__ = ("INVALID_ARGUMENT", "http_status", "message_of", "retry_after", "status_of")

INVALID_ARGUMENT: Final = 3
_INTERNAL: Final = 13
_UNAVAILABLE: Final = 14
_LAST: Final = 16
_LONGEST: Final = 1024

# Canceled, DeadlineExceeded, Aborted, OutOfRange, Unavailable and DataLoss are 503.
_HTTP: Final = {
    1: 503,
    3: 400,
    4: 503,
    5: 500,
    7: 403,
    8: 429,
    10: 503,
    11: 503,
    12: 404,
    14: 503,
    15: 503,
    16: 401,
}


def status_of(error: ConsumeError) -> Status:
    """The status to reply; a gRPC code that the error has is kept."""
    if error.code is not None and 0 < error.code <= _LAST:
        code = error.code
    elif isinstance(error, MalformedError):
        code = INVALID_ARGUMENT
    else:
        code = _UNAVAILABLE if isinstance(error, RetryableError) else _INTERNAL
    return Status(code, message_of(error), error.after if isinstance(error, RetryableError) else None)


def message_of(error: ConsumeError) -> str:
    """The error's text, short enough for a gRPC trailer."""
    return str(error)[:_LONGEST].encode("utf-8", "replace").decode()


def http_status(code: int) -> int:
    """The HTTP status for a gRPC code other than OK."""
    return _HTTP.get(code, 500)


def retry_after(seconds: float) -> bytes:
    """The value of a `Retry-After` header: whole seconds, never too early."""
    return b"%d" % max(0, math.ceil(seconds))
