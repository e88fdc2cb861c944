"""Sends requests over gRPC."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final  # Any: grpcio has no types

import grpc
import grpc.aio

from benchmarks.answers import refusal
from benchmarks.cases import Shape
from benchmarks.load import Outcome

__all__ = ("GrpcSender",)

_METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_OPTIONS: Final = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1))


class GrpcSender:
    """A `load.Sender`. Each connection takes the next request when it has fewer than `in_flight`."""

    def __init__(self, address: str, shape: Shape, authority: str) -> None:
        """With the path of an `authority` the connections are of TLS."""
        self._address = address
        self._shape = shape
        self._authority = authority
        self._channels: list[Any] = []  # Any: grpcio has no types

    async def connect(self) -> None:
        """Make the connections."""
        self._channels = [self._channel() for _ in range(self._shape.connections)]
        await asyncio.gather(*(channel.channel_ready() for channel in self._channels))

    def _channel(self) -> Any:  # Any: grpcio has no types
        if not self._authority:
            return grpc.aio.insecure_channel(self._address, options=_OPTIONS)
        credentials = grpc.ssl_channel_credentials(Path(self._authority).read_bytes())
        return grpc.aio.secure_channel(self._address, credentials, options=_OPTIONS)

    async def send(self, bodies: Iterator[bytes], outcome: Outcome) -> None:
        """Send each of `bodies` once."""
        async with asyncio.TaskGroup() as group:
            for channel in self._channels:
                call = channel.unary_unary(_METHOD)
                for _ in range(self._shape.in_flight):
                    group.create_task(_work(call, bodies, outcome))

    async def close(self) -> None:
        """Close the connections."""
        for channel in self._channels:
            await channel.close()


async def _work(call: Any, bodies: Iterator[bytes], outcome: Outcome) -> None:  # Any: grpcio has no types
    for body in bodies:
        try:
            answer = await call(body)
        except grpc.aio.AioRpcError as error:
            outcome.note(f"{error.code()}: {error.details()}")
        else:
            outcome.note(refusal(answer))
