"""The backend, a process of its own: takes OTLP traces over gRPC and HTTP and only counts them.

Prints one line of JSON with its two ports; then, for every line that it reads, one with its `Received`.
Ends when its input does.
"""

import asyncio
import dataclasses
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any  # Any: grpcio has no types

import grpc
import grpc.aio

from benchmarks.sink_http import serve_http
from penstock_api import Traces

__all__ = ("Received", "main")


@dataclass(slots=True)
class Received:
    """What has arrived since the start; `size` is in bytes, inflated."""

    requests: int = 0
    spans: int = 0
    size: int = 0

    def note(self, body: bytes) -> None:
        """Count one request. Raises `MalformedError` when it is not one."""
        self.spans += len(Traces.from_wire(body))
        self.requests += 1
        self.size += len(body)


def main() -> None:
    """Serve until standard input ends."""
    asyncio.run(_main())


async def _main() -> None:
    received = Received()
    grpc_server = grpc.aio.server(options=(("grpc.max_receive_message_length", -1),))
    handler = grpc.unary_unary_rpc_method_handler(_counting(received))
    service = "opentelemetry.proto.collector.trace.v1.TraceService"
    grpc_server.add_registered_method_handlers(service, {"Export": handler})
    grpc_port = grpc_server.add_insecure_port("127.0.0.1:0")
    await grpc_server.start()
    http_server, http_port = await serve_http(received.note)
    print(json.dumps({"grpc": grpc_port, "http": http_port}), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(dataclasses.asdict(received)), flush=True)
    http_server.close()
    await grpc_server.stop(None)


def _counting(received: Received) -> Callable[[bytes, Any], Awaitable[bytes]]:
    async def export(body: bytes, _: Any) -> bytes:  # Any: grpcio has no types
        received.note(body)
        return b""

    return export


if __name__ == "__main__":
    main()
