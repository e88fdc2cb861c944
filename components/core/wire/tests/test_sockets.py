"""Sockets of all kinds: those with a path, and those that several servers share."""

import asyncio
import contextlib
import socket
import ssl

import pytest
import trustme

from penstock_engine.clock import LoopClock
from penstock_wire.dial import Dialer
from penstock_wire.exchange import Head, Response
from penstock_wire.h2.client import ClientConnection, ClientLimits
from penstock_wire.h2.server import ServerConnection
from penstock_wire.limits import ServerLimits
from penstock_wire.pool import Pool, PoolLimits
from penstock_wire.server import Server
from penstock_wire.service import Service

BOTH_LOOPS = True


@contextlib.asynccontextmanager
async def served(listener, name=b"hello", tls=None):
    """A server on `listener`, which tells its name and notes who asked."""
    peers = []

    def tell(request):
        peers.append(request.peer)
        return Response(200, (), (name,))

    service = Service(
        tell,
        limits=ServerLimits(),
        clock=LoopClock(),
        spawn=asyncio.get_running_loop().create_task,
        failed=peers.append,
    )
    server = Server(service, lambda: ServerConnection(service))
    await server.start(listener, tls)
    try:
        yield peers
    finally:
        await server.stop(lambda: 5.0)


async def ask(dialer):
    """What a server says to one request on a connection of its own."""

    def make(**options):
        return ClientConnection(ClientLimits(), LoopClock(), **options)

    pool = Pool(dialer, make, clock=LoopClock(), limits=PoolLimits(is_shared=True))
    async with contextlib.aclosing(Closing(pool)):
        return (await pool.request(Head(b"GET", b"/", authority=b"localhost"), ())).body()


class Closing:
    def __init__(self, pool):
        self.aclose = pool.close


@pytest.mark.parametrize("secure", [False, True])
async def test_a_socket_with_a_path(tmp_path, secure):
    path, server_tls, client_tls = str(tmp_path / "wire.sock"), None, None
    if secure:
        authority = trustme.CA()
        server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(server_tls)
        client_tls = ssl.create_default_context()
        authority.configure_trust(client_tls)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    async with served(listener, tls=server_tls) as peers:
        dialer = Dialer("", 0, path=path, tls=client_tls, server_name="localhost")
        assert await ask(dialer) == b"hello"
    assert peers == ["unix:"]


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="the system has no SO_REUSEPORT")
async def test_a_port_that_two_servers_share():
    first = socket.create_server(("127.0.0.1", 0), reuse_port=True)
    port = first.getsockname()[1]
    second = socket.create_server(("127.0.0.1", port), reuse_port=True)
    dialer = Dialer("127.0.0.1", port)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(served(first, b"first"))
        async with served(second, b"second"):
            names = {await ask(dialer) for _ in range(40)}
            assert names == {b"first", b"second"}, "40 connections went to one of two"
        assert {await ask(dialer) for _ in range(10)} == {b"first"}
