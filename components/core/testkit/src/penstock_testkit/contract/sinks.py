"""OTLP servers that accept or refuse by script, to check an exporter's ledger against."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any, Final  # Any: grpc has no types

from penstock_api import AnyBatch, Logs, Metrics, Traces

__all__ = ("Mode", "Sink", "serve_sink")


class Mode(StrEnum):
    """How a sink answers."""

    OK = "ok"
    RETRYABLE = "retryable"
    PERMANENT = "permanent"


class Sink:
    """Counts the items that it accepted. `modes` answer the first requests, `always` the rest."""

    def __init__(self, *modes: Mode, always: Mode = Mode.OK) -> None:
        self.batches: list[AnyBatch] = []
        self.requests = 0
        self._modes = list(modes)
        self._always = always
        self._taken = asyncio.Event()

    @property
    def items(self) -> int:
        """How many items were accepted."""
        return sum(map(len, self.batches))

    def take(self, kind: type[AnyBatch], body: bytes) -> Mode:
        """Accept or refuse one request."""
        self.requests += 1
        mode = self._modes.pop(0) if self._modes else self._always
        if mode is Mode.OK:
            self.batches.append(kind.from_wire(body))
            self._taken.set()
        return mode

    async def received(self, items: int, *, within: float = 5.0) -> None:
        """Wait until `items` were accepted. Fails after `within` real seconds."""
        try:
            async with asyncio.timeout(within):
                while self.items < items:
                    self._taken.clear()
                    await self._taken.wait()
        except TimeoutError:
            raise AssertionError(f"expected {items} items, the sink got {self.items}") from None


@contextlib.asynccontextmanager
async def serve_sink(protocol: str, sink: Sink) -> AsyncIterator[str]:
    """Serve `sink` by `otlp_grpc` or `otlp_http` on a free local port; gives `host:port`."""
    serve = _serve_grpc if protocol == "otlp_grpc" else _serve_http
    async with serve(sink) as endpoint:
        yield endpoint


# -- HTTP ---------------------------------------------------------------------------------------------

_PATHS: Final[dict[str, type[AnyBatch]]] = {"/v1/traces": Traces, "/v1/metrics": Metrics, "/v1/logs": Logs}
_HEAD: Final = "content-type: application/x-protobuf\r\ncontent-length: 0"
_STATUS: Final = {Mode.OK: 200, Mode.RETRYABLE: 503, Mode.PERMANENT: 400}


@contextlib.asynccontextmanager
async def _serve_http(sink: Sink) -> AsyncIterator[str]:
    writers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                path, body = await _read_request(reader)
                status = _STATUS[sink.take(_PATHS[path], body)]
                writer.write(f"HTTP/1.1 {status} -\r\n{_HEAD}\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield "{}:{}".format(*server.sockets[0].getsockname())
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """The path and the plain body of the next request."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join([chunk async for chunk in _chunks(reader)])
    else:
        body = await reader.readexactly(int(headers["content-length"]))
    packed = headers.get("content-encoding") == "gzip"
    return first.split(" ")[1], gzip.decompress(body) if packed else body


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readline(), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readline()


# -- gRPC ---------------------------------------------------------------------------------------------

_SERVICES: Final[dict[str, type[AnyBatch]]] = {
    f"/opentelemetry.proto.collector.{name}.v1.{service}/Export": kind
    for name, service, kind in (
        ("trace", "TraceService", Traces),
        ("metrics", "MetricsService", Metrics),
        ("logs", "LogsService", Logs),
    )
}


@contextlib.asynccontextmanager
async def _serve_grpc(sink: Sink) -> AsyncIterator[str]:
    import grpc  # noqa: PLC0415 - only tests of gRPC exporters pay for it

    codes = {Mode.RETRYABLE: grpc.StatusCode.UNAVAILABLE, Mode.PERMANENT: grpc.StatusCode.INVALID_ARGUMENT}

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
        def service(self, call: Any) -> Any:
            kind = _SERVICES[call.method]

            async def export(body: bytes, context: Any) -> bytes:
                mode = sink.take(kind, body)
                if mode is not Mode.OK:
                    await context.abort(codes[mode], f"the sink is told to be {mode}")
                return b""

            return grpc.unary_unary_rpc_method_handler(export)

    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)
