"""A real gRPC server that takes OTLP as bytes."""

import asyncio
import contextlib
import socket
import time

import grpc
import pytest


class Backend:
    """Remembers requests; `answers` are given in turn: response bytes, or a status code."""

    def __init__(self):
        self.requests, self.answers, self.endpoint = [], [], ""
        self.trailers = ()
        self.came = asyncio.Event()
        self.hang = False

    @contextlib.asynccontextmanager
    async def serving(self, port=0, credentials=None):
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((self,))
        address = f"127.0.0.1:{port}"
        port = (
            server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
        )
        self.endpoint = f"127.0.0.1:{port}"
        await server.start()
        try:
            yield self
        finally:
            await server.stop(None)

    def service(self, details):
        self.metadata = dict(details.invocation_metadata)

        async def handle(request, context):
            self.requests.append((details.method, request))
            self.came.set()
            if self.hang:
                await asyncio.Event().wait()
            answer = self.answers.pop(0) if self.answers else b""
            if isinstance(answer, grpc.StatusCode):
                context.set_trailing_metadata(self.trailers)
                await context.abort(answer, "told to")
            return answer

        return grpc.unary_unary_rpc_method_handler(handle)


@pytest.fixture
async def backend():
    async with Backend().serving() as serving:
        yield serving


@pytest.fixture
async def stopped():
    return Backend()


@pytest.fixture
def port():
    """A port that nobody serves, kept from others; the test may serve it."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


class RealClock:
    """For tests in which a server sets the pace."""

    def now(self):
        return asyncio.get_running_loop().time()

    def wall_ns(self):
        return time.time_ns()

    def call_later(self, seconds, call):
        return asyncio.get_running_loop().call_later(seconds, call)

    async def sleep(self, seconds):
        await asyncio.sleep(seconds)


@pytest.fixture
def real_clock():
    return RealClock()
