"""Reads what stands in a request: the query and the body, strictly."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final  # Any: JSON

from starlette.requests import Request

from penstock_dataflow.admin.answers import RequestError

__all__ = ("Order", "choice", "nothing_else", "read_order", "seconds")

_LARGEST: Final = 8 << 20
_DEFAULT_SECONDS: Final = 60.0
_MOST_SECONDS: Final = 3600.0
_KEYS: Final = ("pipeline", "step_timeout_secs", "drain_timeout_secs")


@dataclass(frozen=True, slots=True)
class Order:
    """The body of `apply`."""

    pipeline: Mapping[str, Any]
    step_seconds: float
    drain_seconds: float


def nothing_else(request: Request, *known: str) -> None:
    """Raise `RequestError` when the query holds more than `known`, or something twice."""
    for name in request.query_params:
        if name not in known:
            raise RequestError(400, f"unknown in the query: {name}")
        if len(request.query_params.getlist(name)) > 1:
            raise RequestError(400, f"twice in the query: {name}")


def choice(request: Request, name: str, values: Collection[str], default: str) -> str:
    """One of `values`. Raises `RequestError`."""
    value = request.query_params.get(name, default)
    if value not in values:
        raise RequestError(400, f"`{name}` is {' or '.join(values)}: {value}")
    return value


def seconds(request: Request, name: str) -> float:
    """A time. Raises `RequestError`."""
    text = request.query_params.get(name)
    return _DEFAULT_SECONDS if text is None else _checked(name, text)


async def read_order(request: Request) -> Order:
    """The body. Raises `RequestError`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestError(415, "the body must be `application/json`")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise RequestError(413, f"the body is larger than {_LARGEST >> 20} MiB")
    found = _object(body)
    for key in found:
        if key not in _KEYS:
            raise RequestError(400, f"unknown in the body: {key}")
    if not isinstance(found.get("pipeline"), dict):
        raise RequestError(400, "`pipeline` must be an object")
    return Order(
        found["pipeline"],
        _checked("step_timeout_secs", found.get("step_timeout_secs", _DEFAULT_SECONDS)),
        _checked("drain_timeout_secs", found.get("drain_timeout_secs", _DEFAULT_SECONDS)),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError(400, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise RequestError(400, "the body is not an object")
    return found


def _checked(name: str, value: object) -> float:
    found = _number(value)
    if found is None:
        raise RequestError(400, f"`{name}` must be a number: {value}")
    if not 0 < found <= _MOST_SECONDS:
        raise RequestError(400, f"`{name}` must be more than 0 and at most {_MOST_SECONDS:g}: {value}")
    return found


def _number(value: object) -> float | None:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
