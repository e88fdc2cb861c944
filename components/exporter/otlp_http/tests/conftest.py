"""A real HTTP server that takes OTLP as bytes."""

import asyncio
import contextlib

import pytest

from penstock_testkit.loops import pytest_asyncio_loop_factories
from penstock_testkit.sending import authority, port, real_clock

__all__ = ("authority", "port", "pytest_asyncio_loop_factories", "real_clock")


class Backend:
    """Remembers requests as (path, headers, body); `answers` are given in turn."""

    def __init__(self):
        self.requests, self.answers, self.endpoint = [], [], ""
        self.connections = 0
        self.came = asyncio.Event()
        self.hang = False

    @property
    def headers(self):
        return self.requests[-1][1]

    def answer(self, status, body=b"", **headers):
        """Answer so to the next request."""
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
        head = f"HTTP/1.1 {status} -\r\n{''.join(lines)}content-length: {len(body)}\r\n\r\n"
        self.answers.append(head.encode() + body)

    @contextlib.asynccontextmanager
    async def serving(self, port=0, tls=None):
        writers = []

        async def serve(reader, writer):
            self.connections += 1
            writers.append(writer)
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._serve_one(reader, writer):
                    pass
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls, reuse_port=True)
        self.endpoint = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for writer in writers:
                writer.transport.abort()
            await server.wait_closed()

    async def _serve_one(self, reader, writer):
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((first.split(" ")[1], headers, body))
        self.came.set()
        if self.hang:
            await reader.read()
        answer = self.answers.pop(0) if self.answers else b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
        writer.write(answer)
        await writer.drain()
        return answer


@pytest.fixture
async def backend():
    async with Backend().serving() as serving:
        yield serving


@pytest.fixture
async def stopped():
    return Backend()
