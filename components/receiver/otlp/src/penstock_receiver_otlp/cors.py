"""Lets web pages of chosen origins send requests from a browser."""

import re
from typing import Final

from penstock_api import CorsConfig
from penstock_receiver_otlp.transport import Call, FixedPairs, Handler, Pairs, Reply

__all__ = ("Cors",)

_ALWAYS: Final = frozenset(("accept", "content-type", "x-requested-with"))
_VARY: Final = (b"vary", b"Origin")
_VARY_PREFLIGHT: Final = (
    b"vary",
    b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
)


class Cors:
    """The rules of one server."""

    def __init__(self, config: CorsConfig) -> None:
        patterns = (".*".join(map(re.escape, origin.lower().split("*"))) for origin in config.allowed_origins)
        self._origins = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
        self._any_header = "*" in config.allowed_headers
        self._headers = _ALWAYS | {name.lower() for name in config.allowed_headers}
        self._max_age = config.max_age
        self._exposed = ", ".join(config.exposed_headers).encode()

    def around(self, handler: Handler) -> Handler:
        """`handler`, with preflight requests answered and its replies marked as readable."""

        async def handle(call: Call) -> Reply:
            if call.method == "OPTIONS" and _value(call.headers, b"access-control-request-method"):
                return Reply(204, b"", self._preflight(call.headers))
            reply = await handler(call)
            return Reply(reply.status, reply.body, reply.headers + self._actual(call.headers), reply.message)

        return handle

    def _allows(self, origin: bytes) -> bool:
        return bool(origin) and self._origins.fullmatch(origin.decode("latin-1").lower()) is not None

    def _actual(self, headers: Pairs) -> FixedPairs:
        origin = _value(headers, b"origin")
        if not self._allows(origin):
            return (_VARY,)
        exposed = ((b"access-control-expose-headers", self._exposed),) if self._exposed else ()
        return (_VARY, *_allowed(origin), *exposed)

    def _preflight(self, headers: Pairs) -> FixedPairs:
        origin, asked = _value(headers, b"origin"), _value(headers, b"access-control-request-headers")
        names = {name.strip().lower() for name in asked.decode("latin-1").split(",")} - {""}
        known = self._any_header or names <= self._headers
        if (
            not self._allows(origin)
            or _value(headers, b"access-control-request-method") != b"POST"
            or not known
        ):
            return (_VARY_PREFLIGHT,)
        answer: FixedPairs = (_VARY_PREFLIGHT, *_allowed(origin), (b"access-control-allow-methods", b"POST"))
        if names:
            answer = (*answer, (b"access-control-allow-headers", asked))
        if self._max_age:
            answer = (*answer, (b"access-control-max-age", b"%d" % self._max_age))
        return answer


def _allowed(origin: bytes) -> FixedPairs:
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
    )


def _value(headers: Pairs, wanted: bytes) -> bytes:
    return next((value for name, value in headers if name == wanted), b"")
