"""A running receiver, reached over real sockets."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import grpc.aio
import httpx
import pytest

from penstock_api import Settings, Signal, decode
from penstock_receiver_otlp import factory
from penstock_receiver_otlp.receiver import OtlpReceiver
from penstock_testkit import RecordingConsumer, make_settings, running
from penstock_testkit.loops import pytest_asyncio_loop_factories

__all__ = ("pytest_asyncio_loop_factories",)

LOCAL = "127.0.0.1:0"
PACKAGES = {Signal.TRACES: "trace", Signal.METRICS: "metrics", Signal.LOGS: "logs"}
SERVICES = {Signal.TRACES: "TraceService", Signal.METRICS: "MetricsService", Signal.LOGS: "LogsService"}


@dataclass
class Running:
    """A started receiver, with clients that talk to it."""

    receiver: OtlpReceiver
    settings: Settings
    sinks: dict[Signal, RecordingConsumer]
    web: httpx.AsyncClient
    channel: grpc.aio.Channel

    @property
    def sink(self):
        return self.sinks[Signal.TRACES]

    async def post(self, body, media="application/x-protobuf", path="/v1/traces", **headers):
        sent = {"content-type": media} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.web.post(path, content=body, headers=sent)

    async def call(self, body, signal=Signal.TRACES, **options):
        path = f"/opentelemetry.proto.collector.{PACKAGES[signal]}.v1.{SERVICES[signal]}/Export"
        return await self.channel.unary_unary(path)(body, **options)

    def counted(self, name, transport):
        return self.settings.meter.value(f"otelcol_receiver_{name}", receiver="otlp", transport=transport)


def build(settings, protocols, sinks):
    config = decode(factory.config, {"protocols": protocols})
    creators = {
        Signal.TRACES: factory.create_traces,
        Signal.METRICS: factory.create_metrics,
        Signal.LOGS: factory.create_logs,
    }
    made = [creators[signal](settings, config, sink) for signal, sink in sinks.items()]
    assert len(set(map(id, made))) == 1
    return made.pop()


@pytest.fixture
def otlp() -> Callable[..., contextlib.AbstractAsyncContextManager[Running]]:
    """`async with otlp(grpc={...}, http={...}) as server`; both protocols run, on free ports."""

    @contextlib.asynccontextmanager
    async def run(*, grpc_=None, http=None, signals=tuple(Signal)) -> AsyncIterator[Running]:
        settings, sinks = make_settings("receiver", "otlp"), {one: RecordingConsumer() for one in signals}
        protocols = {"grpc": {"endpoint": LOCAL} | (grpc_ or {}), "http": {"endpoint": LOCAL} | (http or {})}
        receiver = build(settings, protocols, sinks)
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(running(receiver, clock=settings.clock))
            ends = {name: f"{host}:{port}" for name, (host, port) in receiver.addresses.items()}
            web = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://{ends['http']}"))
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(ends["grpc"]))
            yield Running(receiver, settings, sinks, web, channel)

    return run


@pytest.fixture
def make():
    """`make(settings, protocols, sinks)` gives a receiver that is not started."""
    return build
