import asyncio

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from penstock_api import Deadline, PermanentError, RetryableError, Signal, StartError, decode
from penstock_exporter_otlp_grpc import OtlpGrpcConfig, factory
from penstock_testkit import make, make_settings, running, start, traces

OFF = {"enabled": False}


def exporter(endpoint, signal=Signal.TRACES, settings=None, **config):
    """Without queue and retry, unless told otherwise: the caller sees what the server answers."""
    value = {"tls": {"insecure": True}, "retry_on_failure": OFF, "sending_queue": OFF, **config}
    create = getattr(factory, f"create_{signal}")
    return create(
        settings or make_settings("exporter", "otlp_grpc"),
        decode(OtlpGrpcConfig, {"endpoint": endpoint, **value}),
    )


@pytest.mark.parametrize(
    ("signal", "service"),
    [
        (Signal.TRACES, "trace.v1.TraceService"),
        (Signal.METRICS, "metrics.v1.MetricsService"),
        (Signal.LOGS, "logs.v1.LogsService"),
    ],
)
@pytest.mark.parametrize("compression", ["gzip", "deflate", "none"])
async def test_every_signal_reaches_its_service_unchanged(backend, signal, service, compression):
    batch = make(signal, 3)
    async with running(exporter(backend.endpoint, signal, compression=compression)) as sending:
        await sending.consume(batch)
    assert backend.requests == [(f"/opentelemetry.proto.collector.{service}/Export", batch.to_bytes())]


async def test_headers_and_the_collectors_name_are_sent(backend):
    headers = {"X-Tenant": "a", "authorization": "Bearer canary", "Trace-Bin": "b"}
    async with running(exporter(backend.endpoint, headers=headers)) as sending:
        await sending.consume(traces(1))
    assert (backend.metadata["x-tenant"], backend.metadata["trace-bin"]) == ("a", b"b")
    assert backend.metadata["authorization"] == "Bearer canary"
    assert backend.metadata["user-agent"].startswith("a collector under test/0.0.0 (")


@pytest.mark.parametrize("scheme", ["http://", "dns:///"])
async def test_schemes_of_endpoints(backend, scheme):
    tls = {} if scheme == "http://" else {"insecure": True}
    async with running(exporter(scheme + backend.endpoint, tls=tls)) as sending:
        await sending.consume(traces(1))
    assert len(backend.requests) == 1


@pytest.mark.parametrize(
    "config",
    [
        {"wait_for_ready": True},
        {"balancer_name": "pick_first"},
        {"keepalive": {"time": "20s", "permit_without_stream": True}},
        {"authority": "other.example.com"},
        {"user_agent": "me"},
        {"timeout": 0},
    ],
)
async def test_connection_options_are_accepted_by_the_library(backend, config):
    async with running(exporter(backend.endpoint, **config)) as sending:
        await sending.consume(traces(1))
    assert len(backend.requests) == 1


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
async def test_every_status_reaches_the_sender(backend, code):
    backend.answers = [code]
    async with running(exporter(backend.endpoint)) as sending:
        with pytest.raises(
            (RetryableError, PermanentError), match=rf"^the server answered {code.name}: told to$"
        ) as caught:
            await sending.consume(traces(1))
    assert caught.value.code == code.value[0]


async def test_retry_info_of_the_server_is_read_from_the_trailers(backend):
    detail = Any()
    detail.Pack(RetryInfo(retry_delay=Duration(seconds=9)))
    status = Status(code=8, message="busy", details=[detail]).SerializeToString()
    backend.answers = [grpc.StatusCode.RESOURCE_EXHAUSTED]
    backend.trailers = (("grpc-status-details-bin", status),)
    async with running(exporter(backend.endpoint)) as sending:
        with pytest.raises(RetryableError) as caught:
            await sending.consume(traces(1))
    assert caught.value.after == 9


async def test_partial_success_is_logged_and_counts_as_sent(backend, caplog):
    answer = ExportTraceServiceResponse(partial_success={"rejected_spans": 2, "error_message": "too old"})
    backend.answers, settings = [answer.SerializeToString()], make_settings("exporter")
    async with running(exporter(backend.endpoint, settings=settings)) as sending:
        await sending.consume(traces(5))
    (record,) = [one for one in caplog.records if one.name.startswith("penstock")]
    assert (record.message, record.error, record.dropped_items) == ("Partial success response", "too old", 2)
    assert settings.meter.value("otelcol_exporter_sent_spans") == 5
    assert len(backend.requests) == 1


async def test_a_response_that_cannot_be_read_is_permanent(backend):
    backend.answers = [b"\xff"]
    async with running(exporter(backend.endpoint)) as sending:
        with pytest.raises(
            PermanentError, match=r"^the server's response cannot be read: not a valid answer: "
        ):
            await sending.consume(traces(1))


async def test_a_slow_server_is_given_up(backend):
    backend.hang, settings = True, make_settings("exporter")
    async with running(exporter(backend.endpoint, settings=settings, timeout="30s")) as sending:
        call = asyncio.gather(sending.consume(traces(1)), return_exceptions=True)
        await backend.came.wait()
        await settings.clock.advance(30)
        (error,) = await call
    assert isinstance(error, RetryableError)
    assert str(error) == "not sent within 30s"


async def test_the_timeout_is_told_to_the_server(backend):
    backend.hang = True
    async with running(exporter(backend.endpoint, timeout="50ms")) as sending:
        with pytest.raises(RetryableError, match="DEADLINE_EXCEEDED") as caught:
            await sending.consume(traces(1))
    assert caught.value.code == 4


@pytest.mark.parametrize("wait_for_ready", [True, False])
async def test_a_backend_that_comes_up_later_gets_everything_once(stopped, port, real_clock, wait_for_ready):
    settings = make_settings("exporter", clock=real_clock)
    retry = {"initial_interval": "10ms", "max_interval": "10ms"}
    sending = exporter(
        f"127.0.0.1:{port}",
        settings=settings,
        wait_for_ready=wait_for_ready,
        sending_queue={},
        retry_on_failure=retry,
    )
    await sending.start()
    await sending.consume(traces(3))
    async with stopped.serving(port):
        await stopped.came.wait()
        await sending.shutdown(Deadline.after(settings.clock, 5))
    assert [request for _, request in stopped.requests] == [traces(3).to_bytes()]
    assert settings.meter.value("otelcol_exporter_sent_spans") == 3
    assert settings.meter.value("otelcol_exporter_queue_size") == 0


async def test_a_backend_that_is_down_is_retryable(port):
    async with running(exporter(f"127.0.0.1:{port}")) as sending:
        with pytest.raises(RetryableError, match=r"^the server answered UNAVAILABLE: "):
            await sending.consume(traces(1))


async def test_what_failed_is_sent_again(backend, real_clock):
    backend.answers = [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED]
    settings = make_settings("exporter", clock=real_clock)
    retry = {"initial_interval": "1ms", "max_interval": "1ms"}
    async with running(
        exporter(backend.endpoint, settings=settings, retry_on_failure=retry), clock=real_clock
    ) as sending:
        await sending.consume(traces(2))
    assert [request for _, request in backend.requests] == [traces(2).to_bytes()] * 3
    assert settings.meter.value("otelcol_exporter_sent_spans") == 2


async def test_stop_without_start_and_twice():
    settings = make_settings("exporter")
    sending = exporter("127.0.0.1:1", settings=settings)
    for _ in range(2):
        await sending.shutdown(Deadline.after(settings.clock, 1))


async def test_a_socket_file_is_an_endpoint(stopped, tmp_path):
    path = str(tmp_path / "s.sock")
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((stopped,))
    server.add_insecure_port(f"unix:{path}")
    await server.start()
    async with running(exporter(f"unix://{path}")) as sending:
        await sending.consume(traces(1))
    await server.stop(None)
    assert len(stopped.requests) == 1


async def test_a_proxy_of_the_environment_that_is_wrong_is_found_at_start(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "ftp://proxy")
    with pytest.raises(StartError, match=r"^the proxy in the environment cannot be used: "):
        await start(exporter("host:1"))
