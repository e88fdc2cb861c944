"""Answers in JSON; what is wrong as `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any  # Any: JSON

from starlette.responses import JSONResponse

__all__ = ("RequestError", "answer", "problem")


class RequestError(Exception):
    """The request is refused with `status`."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


def answer(body: Mapping[str, Any], status: int = 200) -> JSONResponse:
    """`body` as JSON."""
    return JSONResponse(body, status)


def problem(
    status: int,
    detail: str,
    problems: Sequence[Mapping[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """What is wrong; `problems` are the mistakes of a configuration."""
    body: dict[str, Any] = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if problems is not None:
        body["problems"] = list(problems)
    return JSONResponse(body, status, headers, media_type="application/problem+json")
