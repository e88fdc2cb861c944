"""The standard health service of gRPC, asked by grpcio's own client."""

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from penstock_api import DeniedError, Signal, decode
from penstock_receiver_otlp import OtlpReceiverConfig
from penstock_receiver_otlp.receiver import OtlpReceiver
from penstock_testkit import RecordingConsumer, make_settings, running

BOTH_LOOPS = True
PREFIX = "opentelemetry.proto.collector"
TRACES = f"{PREFIX}.trace.v1.TraceService"


def ask(channel, service="", **options):
    return HealthStub(channel).Check(HealthCheckRequest(service=service), timeout=5, **options)


@pytest.mark.parametrize("service", ["", TRACES])
async def test_what_is_served_is_healthy(otlp, service):
    async with otlp(signals=[Signal.TRACES]) as server:
        assert (await ask(server.channel, service)).status == HealthCheckResponse.SERVING


@pytest.mark.parametrize("service", [f"{PREFIX}.logs.v1.LogsService", "someone.Else", "x" * 200])
async def test_a_service_without_a_pipeline_is_not_known(otlp, service):
    async with otlp(signals=[Signal.TRACES]) as server:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(server.channel, service)
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.NOT_FOUND, "unknown service")


async def test_watching_is_not_implemented(otlp):
    async with otlp() as server:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async for _ in HealthStub(server.channel).Watch(HealthCheckRequest(), timeout=5):
                pass
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_who_may_send_nothing_may_ask_all_the_same():
    class Doorman:
        async def authenticate(self, headers, peer):
            raise DeniedError("nobody may")

    config = decode(OtlpReceiverConfig, {"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}}})
    receiver = OtlpReceiver(make_settings("receiver", "otlp"), config, auth={"grpc": Doorman()})
    receiver.connect(Signal.TRACES, RecordingConsumer())
    async with running(receiver):
        address = f"127.0.0.1:{receiver.addresses['grpc'][1]}"
        async with grpc.aio.insecure_channel(address) as channel:
            assert (await ask(channel)).status == HealthCheckResponse.SERVING
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await channel.unary_unary(f"/{TRACES}/Export")(b"", timeout=5)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
