"""A gRPC server over sockets, and a service in which calls are tried one by one."""

import asyncio
import contextlib
import socket

import pytest

from penstock_engine.clock import LoopClock
from penstock_testkit import settle
from penstock_wire.exchange import Head, Request
from penstock_wire.grpc.framing import prefix
from penstock_wire.grpc.server import GrpcHandler, success
from penstock_wire.h2.server import ServerConnection
from penstock_wire.limits import ServerLimits
from penstock_wire.server import Server
from penstock_wire.service import Service

GRPC = (b"content-type", b"application/grpc")


@pytest.fixture
async def serve():
    """`async with serve(methods) as target`: the address of a server."""

    @contextlib.asynccontextmanager
    async def run(methods, *, limit=4 << 20, tls=None, failures=None, **limits):
        calls = GrpcHandler(methods, limit)
        tasks = set()

        def spawn(work):
            task = asyncio.get_running_loop().create_task(work)
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            return task

        service = Service(
            calls,
            limits=ServerLimits(max_body=limit + 5, **limits),
            clock=LoopClock(),
            spawn=spawn,
            failed=(failures if failures is not None else []).append,
            refuse=calls.refuse,
            timeout=calls.timeout,
        )
        server = Server(service, lambda: ServerConnection(service))
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        await server.start(listener, tls)
        try:
            yield f"localhost:{port}"
        finally:
            await server.stop(lambda: 5.0)
            await settle()
            assert not tasks
            assert not service.connections
            assert (service.budget.used, service.budget.running) == (0, 0)

    return run


@pytest.fixture
def call():
    """`call(body, headers...)` on a handler that echoes: status, text, message."""

    def made(body, *headers, path=b"/echo", method=b"POST", limit=100_000, media=GRPC):
        handler = GrpcHandler({"/echo": lambda message, request: success(message, head=request.head)}, limit)
        head = Head(method, path, (media, *headers))
        return handler(Request(head, [body] if body else [], len(body)))

    return made


@pytest.fixture
def framed():
    return lambda message, compressed=False: prefix(len(message), compressed=compressed) + message
