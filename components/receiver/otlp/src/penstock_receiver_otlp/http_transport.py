"""Serves HTTP/1.1 on uvicorn's httptools protocol, straight from an asyncio server."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from typing import Any, Final  # Any: the values of an ASGI message

import uvicorn
from uvicorn.server import ServerState

from penstock_api import Clock, Deadline, HttpServerConfig
from penstock_receiver_otlp.http_protocol import HttpProtocol, Limits
from penstock_receiver_otlp.listen import address_of, listen
from penstock_receiver_otlp.transport import (
    Address,
    DisconnectedError,
    Handler,
    Pairs,
    Reply,
    TooLargeError,
)

__all__ = ("HttpTransport",)

_Message = dict[str, Any]  # Any: the values of an ASGI message
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]

_NOT_FOUND: Final = Reply(404, b"404 page not found\n", ((b"content-type", b"text/plain; charset=utf-8"),))
_CLOSE: Final = (b"connection", b"close")


class _Call:
    """One request, whose body is read when somebody asks."""

    __slots__ = ("_receive", "_scope", "headers", "method")

    def __init__(self, scope: _Message, receive: _Receive) -> None:
        self._scope = scope
        self._receive = receive
        self.method: str = scope["method"]
        self.headers: Pairs = scope["headers"]

    @property
    def peer(self) -> str:
        client = self._scope["client"]
        if not client:
            return ""
        host, port = client
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def body(self, limit: int) -> bytes:
        for name, value in self.headers:
            if name == b"content-length" and int(value) > limit:
                raise TooLargeError
        body, more = await self._piece()
        size = len(body)
        parts = [body]
        while more and size <= limit:
            piece, more = await self._piece()
            size += len(piece)
            parts.append(piece)
        if size > limit:
            raise TooLargeError
        return body if len(parts) == 1 else b"".join(parts)

    async def _piece(self) -> tuple[bytes, bool]:
        """The next piece of the body, and whether more will follow."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        return message["body"], message.get("more_body", False)


class HttpTransport:
    """A `transport.Transport` for HTTP/1.1."""

    def __init__(self, config: HttpServerConfig, routes: Mapping[str, Handler], clock: Clock) -> None:
        """Serve `routes`, whose keys are paths."""
        self._config = config
        self._find = routes.get
        self._clock = clock
        self._state = ServerState()
        self._extra = _extra_headers(config)
        self._second = -1
        self._server: asyncio.Server | None = None
        self._address: Address = ("", 0)
        self._empty = asyncio.Event()

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self._address

    async def start(self) -> None:
        """Listen. Raises `StartError`."""
        config, loop = self._config, asyncio.get_running_loop()
        tls = config.tls.context() if config.tls is not None else None
        listener = listen(config)
        self._address = address_of(listener)
        make = self._protocols()
        self._server = await loop.create_server(make, sock=listener, ssl=tls, backlog=2048)

    async def shutdown(self, deadline: Deadline) -> None:
        """Close, letting requests finish by `deadline`."""
        server, self._server = self._server, None
        if server is None:
            return
        await _stop_accepting(server)
        state = self._state
        for connection in tuple(state.connections):
            connection.shutdown()  # closes it, or makes the reply under way its last
        while state.tasks and deadline.remaining():
            await asyncio.wait(tuple(state.tasks), timeout=deadline.remaining())
        await self._wait_until_empty(deadline.remaining())
        for connection in tuple(state.connections):
            connection.transport.abort()
        await self._wait_until_empty(_GRACE)
        await self._give_up()
        with contextlib.suppress(TimeoutError):  # a TLS handshake may still be going on
            await asyncio.wait_for(server.wait_closed(), _GRACE)
        if self._config.transport == "unix":
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._config.endpoint)  # noqa: PTH108 - the endpoint is a string

    async def _give_up(self) -> None:
        """End the requests that have not ended in time."""
        tasks = tuple(self._state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)

    async def _wait_until_empty(self, seconds: float) -> None:
        """Return when the last connection is gone, and with it the last reply, or after `seconds`."""
        self._empty.clear()
        if self._state.connections:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), seconds)

    def _note_opened(self, connection: HttpProtocol) -> None:
        if self._server is None:
            connection.shutdown()

    def _note_closed(self) -> None:
        if not self._state.connections:
            self._empty.set()

    def _protocols(self) -> Callable[[], HttpProtocol]:
        config = self._config
        settings = uvicorn.Config(
            self._app,
            http=HttpProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            proxy_headers=False,
            server_header=False,
        )
        settings.load()
        settings.timeout_keep_alive = config.idle_timeout or _NEVER  # type: ignore[assignment]  # float works
        # What a client does wrong is told to the client: only our own failures are logged.
        log = logging.getLogger("uvicorn.error").getChild("otlp")
        log.setLevel(logging.ERROR)
        limits = Limits(
            clock=self._clock,
            head=config.read_header_timeout,
            request=config.read_timeout,
            body=config.max_body_bytes,
            log=log,
            opened=self._note_opened,
            closed=self._note_closed,
        )
        return lambda: HttpProtocol(settings, self._state, limits)

    async def _app(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """The ASGI application: one look-up, one call, one reply."""
        handler = self._find(scope["path"])
        try:
            reply = _NOT_FOUND if handler is None else await handler(_Call(scope, receive))
        except (DisconnectedError, asyncio.CancelledError):  # only `_give_up` cancels, and nobody waits
            return
        headers = [*reply.headers, (b"content-length", b"%d" % len(reply.body)), *self._common()]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    def _common(self) -> tuple[tuple[bytes, bytes], ...]:
        """The headers of every reply, made once a second."""
        second = self._clock.wall_ns() // 1_000_000_000
        if second != self._second:
            self._second = second
            self._current = (*self._extra, (b"date", formatdate(second, usegmt=True).encode()))
        return self._current


_NEVER: Final = 1e8  # seconds
_GRACE: Final = 1.0


async def _stop_accepting(server: asyncio.Server) -> None:
    """Close the listening sockets, after what was accepted from them has become connections.

    Before 3.12 asyncio loses a connection that is being set up when its server is closed.
    """
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener.fileno())
    for _ in range(3):
        await asyncio.sleep(0)
    server.close()


def _extra_headers(config: HttpServerConfig) -> tuple[tuple[bytes, bytes], ...]:
    own = tuple(
        (name.lower().encode(), value.reveal().encode("latin-1"))
        for name, value in config.response_headers.items()
    )
    return own if config.keep_alives_enabled else (*own, _CLOSE)
