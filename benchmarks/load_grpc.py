"""Sends requests over gRPC."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final  # Any: grpcio has no types

import grpc
import grpc.aio

from benchmarks.answers import refusal
from benchmarks.load import Outcome, Shape

__all__ = ("send_grpc",)

_METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_OWN_CONNECTION: Final = (("grpc.use_local_subchannel_pool", 1),)


async def send_grpc(address: str, bodies: Iterator[bytes], shape: Shape, outcome: Outcome) -> None:
    """Send each of `bodies` once. Each connection takes the next one when it has fewer than `in_flight`."""
    channels = [grpc.aio.insecure_channel(address, options=_OWN_CONNECTION) for _ in range(shape.connections)]
    try:
        async with asyncio.TaskGroup() as group:
            for channel in channels:
                call = channel.unary_unary(_METHOD)
                for _ in range(shape.in_flight):
                    group.create_task(_work(call, bodies, outcome))
    finally:
        for channel in channels:
            await channel.close()


async def _work(call: Any, bodies: Iterator[bytes], outcome: Outcome) -> None:  # Any: grpcio has no types
    for body in bodies:
        try:
            answer = await call(body)
        except grpc.aio.AioRpcError as error:
            outcome.note(f"{error.code()}: {error.details()}")
        else:
            outcome.note(refusal(answer))
