"""What the sender of a batch has to know about a gRPC status: whether, and when, to try again."""

from enum import IntEnum
from typing import Final

from penstock_api import ConsumeError, PermanentError, RetryableError
from penstock_api.exporting.answers import status_from_wire

__all__ = ("Code", "error_of")


class Code(IntEnum):
    """The gRPC status codes."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


_RETRYABLE: Final = frozenset(
    (
        Code.CANCELLED,
        Code.DEADLINE_EXCEEDED,
        Code.ABORTED,
        Code.OUT_OF_RANGE,
        Code.UNAVAILABLE,
        Code.DATA_LOSS,
    )
)


def error_of(code: int, message: str, details: bytes) -> ConsumeError:
    """The error for a call that ended with `code`; `details` is its `grpc-status-details-bin`, if any.

    A server that is exhausted says by its `RetryInfo` that it will recover.
    """
    after = _delay(details)
    text = f"the server answered {_name(code)}: {message}"
    if code in _RETRYABLE or (code == Code.RESOURCE_EXHAUSTED and after is not None):
        return RetryableError(text, after=after, code=code)
    return PermanentError(text, code=code)


def _delay(details: bytes) -> float | None:
    try:
        return status_from_wire(details).after if details else None
    except ValueError:  # the code still says enough
        return None


def _name(code: int) -> str:
    return Code(code).name if code in Code._value2member_map_ else f"code {code}"
