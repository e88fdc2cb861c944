"""The backend, a process of its own: takes OTLP traces over gRPC and HTTP and only counts them.

It is made of our own wire, so that it leaves the machine to the server under measurement, whichever that is.
Prints one line of JSON with its two ports; then, for every line that it reads, one with its `Received`.
Ends when its input does.
"""

import asyncio
import dataclasses
import json
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from penstock_api import MalformedError, Traces
from penstock_engine import LoopClock, loop_factory
from penstock_wire.compress import CodingError, inflater
from penstock_wire.exchange import Handler, Request, Response, find
from penstock_wire.front import Front
from penstock_wire.grpc.server import GrpcHandler, failure, success
from penstock_wire.h1.connection import H1Connection
from penstock_wire.h1.heads import Heads
from penstock_wire.h2.server import ServerConnection
from penstock_wire.limits import ServerLimits
from penstock_wire.server import Server
from penstock_wire.service import Service

__all__ = ("Received", "main")

_EXPORT: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_LARGEST: Final = 64 << 20
_LIMITS: Final = ServerLimits(max_body=_LARGEST, stream_window=_LARGEST, connection_window=_LARGEST)
_INVALID_ARGUMENT: Final = 3
_DONE: Final = success()
_OK: Final = Response(200, ((b"content-type", b"application/x-protobuf"),))
_BAD: Final = Response(400)


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
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_main())


async def _main() -> None:
    received = Received()
    calls = GrpcHandler({_EXPORT: partial(_call, received)}, _LARGEST)
    clock = LoopClock()
    ports = {
        "grpc": await _serve(calls, clock, ServerConnection),
        "http": await _serve(partial(_post, received), clock, partial(_front, Heads(clock))),
    }
    print(json.dumps(ports), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(dataclasses.asdict(received)), flush=True)


async def _serve(handler: Handler, clock: LoopClock, make: Callable[[Service], asyncio.BaseProtocol]) -> int:
    service = Service(
        handler,
        limits=_LIMITS,
        clock=clock,
        spawn=asyncio.get_running_loop().create_task,
        failed=lambda error: print(repr(error), file=sys.stderr),
    )
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    await Server(service, lambda: make(service)).start(listener)
    return port


def _front(heads: Heads, service: Service) -> Front:
    return Front(
        service, partial(H1Connection, service, heads), partial(ServerConnection, service, common=heads.pairs)
    )


def _call(received: Received, message: bytes, _request: Request) -> Response:
    try:
        received.note(message)
    except MalformedError as error:
        return failure(_INVALID_ARGUMENT, str(error))
    return _DONE


def _post(received: Received, request: Request) -> Response:
    coding = find(request.head.headers, b"content-encoding").decode()
    try:
        body = request.body()
        received.note(inflater(coding)(body, _LARGEST) if coding else body)
    except (MalformedError, CodingError, KeyError):
        return _BAD
    return _OK


if __name__ == "__main__":
    main()
