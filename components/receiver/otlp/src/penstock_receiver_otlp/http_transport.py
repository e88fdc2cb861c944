"""Serves HTTP/1.1 and HTTP/2 on the wire."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from urllib.parse import unquote

from penstock_api import Deadline, HttpServerConfig, Settings
from penstock_receiver_otlp.config import OtlpHttpConfig
from penstock_receiver_otlp.limits import http_limits
from penstock_receiver_otlp.server import WireServer
from penstock_receiver_otlp.transport import Address, Handler, Pairs, Reply, TooLargeError
from penstock_wire.exchange import Answer, Request, Response
from penstock_wire.front import ALPN, Front
from penstock_wire.h1.connection import H1Connection
from penstock_wire.h1.heads import Heads
from penstock_wire.h2.server import ServerConnection

__all__ = ("HttpTransport",)

_REPEATED: Final = 16
_NOT_FOUND: Final = Response(
    404, ((b"content-type", b"text/plain; charset=utf-8"),), (b"404 page not found\n",)
)


class _Call:
    """One request; the wire has read all of it, or found it too large."""

    __slots__ = ("_request", "_too_large")

    def __init__(self, request: Request, *, too_large: bool) -> None:
        self._request = request
        self._too_large = too_large

    @property
    def method(self) -> str:
        return self._request.head.method.decode("ascii")

    @property
    def headers(self) -> Pairs:
        return self._request.head.headers

    @property
    def peer(self) -> str:
        return self._request.peer

    def body(self, limit: int) -> bytes:
        if self._too_large or self._request.size > limit:
            raise TooLargeError
        return self._request.body()


class HttpTransport:
    """A `transport.Transport` for HTTP/1.1 and HTTP/2, whichever a client begins with."""

    def __init__(self, config: OtlpHttpConfig, routes: Mapping[str, Handler], settings: Settings) -> None:
        """Serve `routes`, whose keys are paths."""
        self._config = config
        self._find = {path.encode(): handler for path, handler in routes.items()}.get
        self._settings = settings
        self._replies: dict[int, tuple[Reply, Response]] = {}
        shared = config.reuse_port or settings.reuse_port
        self._server = WireServer(config, settings, "HTTP", ALPN, reuse_port=shared)

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._server.address

    async def start(self) -> None:
        """Listen. Raises `StartError`."""
        service = self._server.service(
            self._handle,
            http_limits(self._config),
            cancels=False,  # a batch is not taken back because its sender went away
        )
        heads = Heads(self._settings.clock, _extra_headers(self._config))
        one = partial(H1Connection, service, heads, self._handle_too_large)
        two = partial(ServerConnection, service, common=heads.pairs, too_large=self._handle_too_large)
        await self._server.start(service, lambda: Front(service, one, two))

    async def shutdown(self, deadline: Deadline) -> None:
        """Close, letting requests finish by `deadline`."""
        await self._server.shutdown(deadline)

    def _handle(self, request: Request) -> Answer:
        return self._route(request, too_large=False)

    def _handle_too_large(self, request: Request) -> Answer:
        return self._route(request, too_large=True)

    def _route(self, request: Request, *, too_large: bool) -> Answer:
        path = request.head.path
        handler = self._find(path) or self._find(_plain(path))
        if handler is None:
            return _NOT_FOUND
        return self._answer(handler, _Call(request, too_large=too_large))

    async def _answer(self, handler: Handler, call: _Call) -> Response:
        reply = await handler(call)
        known = self._replies.get(id(reply))
        if known is not None and known[0] is reply:
            return known[1]
        made = Response(reply.status, reply.headers, (reply.body,) if reply.body else ())
        if reply.status == 200 and len(self._replies) < _REPEATED:
            self._replies[id(reply)] = (reply, made)
        return made


def _plain(path: bytes) -> bytes:
    """The path alone, without query and escapes."""
    path = path.partition(b"?")[0].partition(b"#")[0]
    return unquote(path.decode("latin-1")).encode() if b"%" in path else path


def _extra_headers(config: HttpServerConfig) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (name.lower().encode(), value.reveal().encode("latin-1"))
        for name, value in config.response_headers.items()
    )
