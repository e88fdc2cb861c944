"""A real gRPC server that takes OTLP as bytes."""

import asyncio
import contextlib

import grpc
import pytest

from penstock_testkit.sending import authority, port, real_clock

__all__ = ("authority", "port", "real_clock")


class Backend:
    """Remembers requests; `answers` are given in turn: response bytes, or a status code."""

    def __init__(self):
        self.requests, self.answers, self.endpoint = [], [], ""
        self.authorizations = []
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
        self.authorizations.append(self.metadata.get("authorization", ""))

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
