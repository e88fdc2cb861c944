"""Serves HTTP/1.1 and HTTP/2 on the wire."""

import contextlib
import os
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Final
from urllib.parse import unquote

from penstock_api import Deadline, HttpServerConfig, Settings
from penstock_receiver_otlp.listen import address_of, listen
from penstock_receiver_otlp.transport import Address, Handler, Pairs, Reply, TooLargeError
from penstock_wire.exchange import Request, Response
from penstock_wire.front import ALPN, Front
from penstock_wire.h1.connection import H1Connection
from penstock_wire.h1.heads import Heads
from penstock_wire.h2.server import ServerConnection
from penstock_wire.limits import ServerLimits
from penstock_wire.server import Server
from penstock_wire.service import Service

__all__ = ("HttpTransport",)

_MAX_HEAD: Final = 128 * 1024
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

    def __init__(self, config: HttpServerConfig, routes: Mapping[str, Handler], settings: Settings) -> None:
        """Serve `routes`, whose keys are paths."""
        self._config = config
        self._find = {path.encode(): handler for path, handler in routes.items()}.get
        self._settings = settings
        self._replies: dict[int, tuple[Reply, Response]] = {}
        self._server: Server | None = None
        self._address: Address = ("", 0)

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._address

    async def start(self) -> None:
        """Listen. Raises `StartError`."""
        config, settings = self._config, self._settings
        tls = config.tls.context(settings, ALPN) if config.tls is not None else None
        listener = listen(config, "HTTP")
        self._address = address_of(listener)
        service = Service(
            self._handle,
            limits=_limits(config),
            clock=settings.clock,
            spawn=lambda work: settings.tasks.spawn(work, name="http request"),
            failed=self._note_failed,
            cancels=False,  # a batch is not taken back because its sender went away
        )
        heads = Heads(settings.clock, _extra_headers(config))
        one = partial(H1Connection, service, heads, self._handle_too_large)
        two = partial(ServerConnection, service, common=heads.pairs, too_large=self._handle_too_large)
        self._server = Server(service, lambda: Front(service, one, two))
        await self._server.start(listener, tls)

    async def shutdown(self, deadline: Deadline) -> None:
        """Close, letting requests finish by `deadline`."""
        server, self._server = self._server, None
        if server is None:
            return
        await server.stop(deadline.remaining)
        if self._config.transport == "unix":
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._config.endpoint)  # noqa: PTH108 - the endpoint is a string

    def _handle(self, request: Request) -> Response | Awaitable[Response]:
        return self._route(request, too_large=False)

    def _handle_too_large(self, request: Request) -> Response | Awaitable[Response]:
        return self._route(request, too_large=True)

    def _route(self, request: Request, *, too_large: bool) -> Response | Awaitable[Response]:
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

    def _note_failed(self, error: BaseException) -> None:
        self._settings.log.error("request failed", exc_info=error)


def _plain(path: bytes) -> bytes:
    """The path alone, without query and escapes."""
    path = path.partition(b"?")[0].partition(b"#")[0]
    return unquote(path.decode("latin-1")).encode() if b"%" in path else path


def _limits(config: HttpServerConfig) -> ServerLimits:
    return ServerLimits(
        max_body=config.max_body_bytes,
        max_header_bytes=_MAX_HEAD,
        header_timeout=config.read_header_timeout,
        read_timeout=config.read_timeout,
        idle_timeout=config.idle_timeout,
        keep_alive=config.keep_alives_enabled,
    )


def _extra_headers(config: HttpServerConfig) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (name.lower().encode(), value.reveal().encode("latin-1"))
        for name, value in config.response_headers.items()
    )
