"""Small HTTP servers of components."""

import asyncio
import contextlib
import socket
import sys

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


async def test_uvicorn_is_loaded_when_the_first_client_comes():
    script = """
import asyncio, sys
from penstock_api import Deadline
from penstock_api.serving import HttpServer
from penstock_testkit import FakeClock, make_settings

async def app(scope, receive, send): ...

async def main():
    server = HttpServer(make_settings(), "127.0.0.1:0", app)
    await server.start()
    await asyncio.sleep(0)
    await server.shutdown(Deadline.after(FakeClock(), 5))

asyncio.run(main())
print("uvicorn" in sys.modules)
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0] == b"False\n"


async def test_shutdown_while_the_first_client_is_awaited_closes_the_port():
    server = HttpServer(make_settings(), "127.0.0.1:0", hello)
    await server.start()
    reader, writer = await asyncio.open_connection(*server.address)
    await server.shutdown(Deadline.after(FakeClock(), 0))
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection(*server.address)
