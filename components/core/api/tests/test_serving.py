"""Small HTTP servers of components."""

import asyncio
import socket

import httpx
import pytest

from penstock_api import Deadline, StartError
from penstock_api.serving import HttpServer, answer
from penstock_testkit import FakeClock, make_settings


async def hello(scope, _receive, send):
    await answer(scope, send, 200, b"text/plain", scope["path"].encode(), headers=[(b"x-own", b"1")])


async def test_serves_until_it_is_shut_down():
    server = HttpServer(make_settings(), "127.0.0.1:0", hello)
    await server.start()
    host, port = server.address

    async with httpx.AsyncClient() as client:
        got = await client.get(f"http://{host}:{port}/x")
        head = await client.head(f"http://{host}:{port}/x")
    assert (got.status_code, got.text, got.headers["x-own"]) == (200, "/x", "1")
    assert (head.content, head.headers["content-length"], head.headers["content-type"]) == (
        b"",
        "2",
        "text/plain",
    )
    await server.shutdown(Deadline.after(FakeClock(), 5))

    with pytest.raises(ConnectionError):
        await asyncio.open_connection(host, port)


async def test_a_port_in_use_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        server = HttpServer(make_settings(), endpoint, hello)

        with pytest.raises(
            StartError, match=f"cannot listen on `endpoint` {endpoint}: Address already in use"
        ):
            await server.start()


async def test_shutdown_is_safe_before_start_and_twice():
    server = HttpServer(make_settings(), "127.0.0.1:0", hello)
    deadline = Deadline.after(FakeClock(), 5)

    await server.shutdown(deadline)
    await server.start()
    await server.shutdown(deadline)
    await server.shutdown(deadline)
