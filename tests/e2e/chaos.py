"""A proxy that cuts connections at random, and a backend that remembers what came and how."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import grpc

__all__ = ("Backend", "Chaos")


class Chaos:
    """Passes bytes on; after a random number of them it cuts the connection, in the middle of anything."""

    def __init__(self, port: int, seed: int, most: int) -> None:
        """Pass on to `port`; cut each connection after at most `most` bytes, until `calm` is set."""
        self.port = 0
        self._target = port
        self._random = random.Random(seed)
        self._most = most
        self.calm = False
        self.cuts: set[int] = set()
        """Our ports, as the target saw them, of the connections that were cut."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Chaos"]:
        """Listen meanwhile."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        left = [self._random.randint(1, self._most)]
        number = back.get_extra_info("sockname")[1]

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(16_384):
                left[0] -= len(data)
                if left[0] < 0 and not self.calm:
                    sink.write(data[: self._random.randint(0, len(data))])
                    self.cuts.add(number)
                    raise ConnectionError
                sink.write(data)
                await sink.drain()

        ways = (copy(reader, back), copy(there, writer))
        tasks = [asyncio.get_running_loop().create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in (writer, back):
                one.transport.abort()


class Backend:
    """A gRPC server that keeps every request, and the port from which it came."""

    def __init__(self) -> None:
        self.port = 0
        self.arrived: list[tuple[int, bytes]] = []
        self.on_arrival: Callable[[bytes], None] = lambda _body: None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Backend"]:
        """Serve meanwhile."""
        server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1)])
        server.add_generic_rpc_handlers((self,))
        self.port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield self
        finally:
            await server.stop(None)

    def service(self, _details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """Every method is the same."""

        async def handle(body: bytes, context: grpc.aio.ServicerContext) -> bytes:
            self.arrived.append((int(context.peer().rpartition(":")[2]), body))
            self.on_arrival(body)
            return b""

        answer: Callable[[bytes, grpc.aio.ServicerContext], Awaitable[bytes]] = handle
        return grpc.unary_unary_rpc_method_handler(answer)
