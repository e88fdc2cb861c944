"""Connections are cut at random while spans flow: what was acknowledged was delivered.

`UNDER_FIRE_REQUESTS=5000` sends a million spans, half of them in each of the two cases.
"""

import asyncio
import os
from collections import Counter

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from penstock_api import Signal
from penstock_testkit import traces
from penstock_testkit.process import CollectorProcess

from .chaos import Backend, Chaos
from .collectors import config, ports
from .otlp import PROTOBUF, SERVICES

REQUESTS, SPANS = int(os.environ.get("UNDER_FIRE_REQUESTS", "1000")), 100
TOTAL = REQUESTS * SPANS


class Sender:
    """Sends each request until it is acknowledged, and counts how often it was sent."""

    def __init__(self, grpc_port: int, http_port: int) -> None:
        self.sent = Counter()
        self._channel = grpc.aio.insecure_channel(
            f"127.0.0.1:{grpc_port}",
            options=[("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 200)],
        )
        self._call = self._channel.unary_unary(SERVICES[Signal.TRACES])
        self._web = httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_port}")

    async def send(self, number: int) -> None:
        body = traces(SPANS, first=number * SPANS).to_bytes()
        way = self._by_grpc if number % 2 else self._by_http
        acknowledged = False
        while not acknowledged:
            self.sent[number] += 1
            acknowledged = await way(body)

    async def _by_grpc(self, body: bytes) -> bool:
        try:
            await self._call(body, timeout=10, wait_for_ready=True)
        except grpc.aio.AioRpcError:
            return False
        return True

    async def _by_http(self, body: bytes) -> bool:
        try:
            reply = await self._web.post("/v1/traces", content=body, headers={"content-type": PROTOBUF})
        except httpx.TransportError:
            return False
        return reply.status_code == 200

    async def close(self) -> None:
        await self._web.aclose()
        await self._channel.close()


def names_in(body: bytes) -> list[str]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        span.name for whole in request.resource_spans for part in whole.scope_spans for span in part.spans
    ]


@pytest.mark.parametrize(("compression", "behind_most"), [("none", 1_000_000), ("gzip", 100_000)])
async def test_what_is_acknowledged_is_delivered_and_every_duplicate_has_a_cause(
    pencol, tmp_path, compression, behind_most
):
    whole, delivered = asyncio.Event(), Counter()

    def note(body: bytes) -> None:
        delivered.update(names_in(body))
        if len(delivered) == TOTAL:
            whole.set()

    async with Backend().running() as backend, Chaos(backend.port, 1, behind_most).running() as behind:
        backend.on_arrival = note
        retry = {"initial_interval": "50ms", "max_interval": "200ms", "max_elapsed_time": "0s"}
        out = {
            "endpoint": f"127.0.0.1:{behind.port}",
            "tls": {"insecure": True},
            "compression": compression,
            "retry_on_failure": retry,
            "sending_queue": {"block_on_overflow": True},
        }
        path = config(tmp_path, {"otlp_grpc": out}, {"batch": {"send_batch_size": 2000, "timeout": "50ms"}})
        with CollectorProcess([pencol, "--config", path]) as collector:
            grpc_port, http_port = await asyncio.to_thread(lambda: ports(collector.ready()))
            async with (
                Chaos(grpc_port, 2, 1_500_000).running() as by_grpc,
                Chaos(http_port, 3, 400_000).running() as by_http,
            ):
                sender = Sender(by_grpc.port, by_http.port)
                todo = iter(range(REQUESTS))

                async def work() -> None:
                    for number in todo:
                        await sender.send(number)

                await asyncio.gather(*(work() for _ in range(16)))
                await sender.close()
                behind.calm = True
                async with asyncio.timeout(60):
                    await whole.wait()
            assert await asyncio.to_thread(collector.stop) == 0

    assert min(len(behind.cuts), len(by_grpc.cuts), len(by_http.cuts)) > 3, "there was no fire"
    resent = Counter(
        {
            f"span-{number * SPANS + n}": times - 1
            for number, times in sender.sent.items()
            for n in range(SPANS)
        }
    )
    unanswered = Counter()
    for port, body in backend.arrived:
        if port in behind.cuts:
            unanswered.update(names_in(body))
    assert set(delivered) == {f"span-{n}" for n in range(TOTAL)}
    unexplained = {name for name, times in delivered.items() if times - 1 > resent[name] + unanswered[name]}
    assert unexplained == set()
