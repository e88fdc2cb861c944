"""A listening server: a socket, and a connection for each client that comes."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Final

from penstock_wire.service import Service

__all__ = ("Server",)

_BACKLOG: Final = 2048
_GRACE: Final = 1.0


class Server:
    """Makes connections with `make`, one for each client. All of them share `service`."""

    def __init__(self, service: Service, make: Callable[[], asyncio.BaseProtocol]) -> None:
        self._service = service
        self._make = make
        self._server: asyncio.Server | None = None

    async def start(self, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Serve the connections that come to `listener`, which is closed by `stop`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._make, sock=listener, ssl=tls, backlog=_BACKLOG)

    async def stop(self, remaining: Callable[[], float]) -> None:
        """Close; requests under way may take the seconds that `remaining` gives.

        Safe before `start`, and twice.
        """
        server, self._server = self._server, None
        if server is None:
            return
        service = self._service
        await _stop_accepting(server)
        service.drain()
        await self._wait(service, remaining())
        service.abort()
        await service.give_up(_GRACE)
        await self._wait(service, _GRACE)
        with contextlib.suppress(TimeoutError):  # a TLS handshake may still be going on
            await asyncio.wait_for(server.wait_closed(), _GRACE)

    async def _wait(self, service: Service, seconds: float) -> None:
        """Return when the last connection and the last handler are gone, or after `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await service.wait_until_empty()
                while service.tasks:
                    await asyncio.wait(tuple(service.tasks))


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
