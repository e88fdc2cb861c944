"""Small HTTP servers of components: a health page, a status page, a metrics page. Runs ASGI on uvicorn.

A component that uses it declares `uvicorn` and `httptools` itself. They are imported when the first client
comes: a page that nobody asks for costs a socket.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any  # Any: ASGI's own messages

from penstock_api.clock import Deadline, within
from penstock_api.config import TlsServerConfig, split_endpoint
from penstock_api.errors import StartError
from penstock_api.settings import Settings

if TYPE_CHECKING:
    import ssl

    import uvicorn

__all__ = ("App", "HttpServer", "answer")

App = Callable[..., Awaitable[None]]
"""An ASGI 3 application: `app(scope, receive, send)`."""

_BACKLOG = 128


class HttpServer:
    """Serves `app` at `endpoint`, `host:port`; port 0 takes a free one, which `address` then tells."""

    def __init__(
        self, settings: Settings, endpoint: str, app: App, *, tls: TlsServerConfig | None = None
    ) -> None:
        """Opens and reads nothing yet."""
        self._settings = settings
        self._endpoint = endpoint
        self._app = app
        self._tls = tls
        self._listener: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._address = ("", 0)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens; an empty host and port 0 before `start`."""
        return self._address

    async def start(self) -> None:
        """Listen and serve. Raises `StartError` when the endpoint cannot be had, or `tls` not be used."""
        tls = self._tls.context(self._settings) if self._tls is not None else None
        self._listener = listener = _listen(self._endpoint, reuse_port=self._settings.reuse_port)
        self._address = listener.getsockname()[:2]
        self._task = self._settings.tasks.spawn(self._serve(listener, tls), name=f"serve {self._endpoint}")
        host, port = self._address
        self._settings.log.info("listening", extra={"endpoint": self._endpoint, "host": host, "port": port})

    async def _serve(self, listener: socket.socket, tls: "ssl.SSLContext | None") -> None:
        await _readable(listener)
        await asyncio.to_thread(import_module, "uvicorn")
        self._server = _make_server(self._app, tls)
        await self._server.serve([listener])

    async def shutdown(self, deadline: Deadline) -> None:
        """Stop listening, and let requests finish by `deadline`."""
        listener, server, task = self._listener, self._server, self._task
        self._listener = self._server = self._task = None
        if listener is None or task is None:
            return
        if server is not None and not task.done():
            server.should_exit = True
            with contextlib.suppress(TimeoutError):
                async with within(deadline.clock, deadline.remaining()):
                    await asyncio.shield(task)
                    return
            server.force_exit = True
        task.cancel()
        await asyncio.wait((task,))
        listener.close()
        if server is not None:
            _close(server)


async def answer(
    scope: Any,  # Any: ASGI's own messages
    send: Any,  # Any: as above
    status: int,
    kind: bytes,
    body: bytes,
    *,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Send a whole answer of content type `kind`; to a HEAD request without its body."""
    whole = [*headers, (b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": whole})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _listen(endpoint: str, *, reuse_port: bool) -> socket.socket:
    try:
        host, port = split_endpoint(endpoint)
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, where = min(found, key=lambda one: one[0] != socket.AF_INET)
        return socket.create_server(where[:2], family=family, backlog=_BACKLOG, reuse_port=reuse_port)
    except OSError as error:
        raise StartError(f"cannot listen on `endpoint` {endpoint}: {error.strerror}") from error


async def _readable(listener: socket.socket) -> None:
    """Return when somebody wants to connect; at once where the loop cannot tell."""
    if sys.platform == "win32":
        return
    loop, came = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(listener, came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(listener)


def _make_server(app: App, tls: "ssl.SSLContext | None") -> "uvicorn.Server":
    import uvicorn  # noqa: PLC0415 - only who serves pays for it

    class Server(uvicorn.Server):
        """Leaves the process's signals alone."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        _only_http(app), http="httptools", ws="none", lifespan="off", log_config=None, access_log=False
    )
    config.load()
    config.ssl = tls
    return Server(config)


def _close(server: "uvicorn.Server") -> None:
    """Close what a server that was cancelled still holds."""
    for listening in server.servers:
        listening.close()
    for connection in tuple(server.server_state.connections):
        connection.transport.abort()


def _only_http(app: App) -> App:
    """Uvicorn takes the type of an application from its signature; this one says ASGI 3."""

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return asgi
