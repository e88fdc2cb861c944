"""What the sender is told."""

import asyncio

import grpc
import pytest
from google.protobuf import any_pb2, json_format
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from penstock_api import MalformedError, PartialError, PermanentError, RetryableError, Signal
from penstock_testkit import make as make_batch
from penstock_testkit import traces

PROTOBUF, JSON = "application/x-protobuf", "application/json"
RESPONSES = {
    Signal.TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    Signal.METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
    Signal.LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
}


def status_in(reply):
    """The `google.rpc.Status` of an HTTP reply, read by the real library."""
    if reply.headers["content-type"] == JSON:
        return json_format.Parse(reply.content, status_pb2.Status())
    assert reply.headers["content-type"] == PROTOBUF
    return status_pb2.Status.FromString(reply.content)


@pytest.mark.parametrize(("media", "body"), [(PROTOBUF, b""), (JSON, b"{}")])
async def test_success_is_an_empty_response_in_the_requests_media_type(otlp, media, body):
    batch = traces(3)
    async with otlp() as server:
        reply = await server.post(batch.to_json() if media == JSON else batch.to_bytes(), media)
    assert (reply.status_code, reply.content, reply.headers["content-type"]) == (200, body, media)
    assert "date" in reply.headers


@pytest.mark.parametrize(("media", "body"), [(PROTOBUF, b""), (JSON, b"{}"), (JSON, b'{"resourceSpans":[]}')])
async def test_a_request_without_items_succeeds_and_reaches_no_pipeline(otlp, media, body):
    async with otlp() as server:
        assert (await server.post(body, media)).status_code == 200
        assert await server.call(b"") == b""
        assert server.sink.offered == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_only_post_is_allowed(otlp, method):
    async with otlp() as server:
        reply = await server.web.request(method, "/v1/traces")
    assert (reply.status_code, reply.text) == (405, "405 method not allowed, supported: [POST]")
    assert reply.headers["allow"] == "POST"


@pytest.mark.parametrize("media", ["text/plain", "", "application/protobuf"])
async def test_another_media_type_is_not_supported(otlp, media):
    async with otlp() as server:
        reply = await server.post(b"", media)
    assert reply.status_code == 415
    assert reply.text == "415 unsupported media type, supported: [application/json, application/x-protobuf]"


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        ({}, b"\xff", "not a valid OTLP traces request"),
        ({"content_encoding": "gzip"}, b"no gzip", "the body is not what its content encoding says"),
        ({"content_encoding": "gzip"}, b"\x1f\x8b\x08" + b"\xff" * 40, "the body is not what its"),
        ({"content_encoding": "zstd"}, b"no zstd", "the body is not what its content encoding says"),
        ({"content_encoding": "deflate"}, b"\x78\x9c\xff", "the body is not what its content encoding says"),
        ({"content_encoding": "br"}, b"", "content encoding is not supported: 'br'"),
        ({"content_encoding": "gzip, gzip"}, b"", "content encoding is not supported: 'gzip, gzip'"),
    ],
)
@pytest.mark.parametrize("media", [PROTOBUF, JSON])
async def test_a_broken_body_is_the_senders_fault(otlp, headers, body, message, media):
    async with otlp() as server:
        reply = await server.post(body, media, **headers)
        assert server.sink.offered == []
    assert reply.status_code == 400
    status = status_in(reply)
    assert status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert message in status.message or "not a valid OTLP/JSON request" in status.message


async def test_a_broken_grpc_message_is_an_invalid_argument(otlp):
    async with otlp() as server:
        with pytest.raises(grpc.aio.AioRpcError, match="not a valid OTLP traces request") as caught:
            await server.call(b"\xff")
        assert server.sink.offered == []
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_signal_without_pipeline_is_not_there(otlp):
    async with otlp(signals=[Signal.TRACES]) as server:
        assert (await server.post(b"", path="/v1/logs")).status_code == 404
        assert (await server.post(b"", path="/v1/metrics")).status_code == 404
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await server.call(b"", Signal.LOGS)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    ("error", "code", "http"),
    [
        (RetryableError("full"), 14, 503),
        (RetryableError("full", code=8), 8, 429),
        (PermanentError("no"), 13, 500),
        (PermanentError("no", code=3), 3, 400),
        (PermanentError("no", code=16), 16, 401),
        (PermanentError("no", code=7), 7, 403),
        (PermanentError("no", code=12), 12, 404),
        (RetryableError("no", code=1), 1, 503),
        (RetryableError("no", code=4), 4, 503),
        (RetryableError("no", code=10), 10, 503),
        (RetryableError("no", code=11), 11, 503),
        (RetryableError("no", code=15), 15, 503),
        (PermanentError("no", code=5), 5, 500),
        (PermanentError("no", code=2), 2, 500),
        (PermanentError("no", code=0), 13, 500),
        (PermanentError("no", code=77), 13, 500),
        (MalformedError("broken inside"), 3, 400),
    ],
)
async def test_an_error_of_the_pipeline_keeps_its_meaning(otlp, error, code, http):
    batch = traces(4)
    async with otlp() as server:
        server.sink.script(always=error)
        for media, body in ((PROTOBUF, batch.to_bytes()), (JSON, batch.to_json())):
            reply = await server.post(body, media)
            assert (reply.status_code, status_in(reply).code) == (http, code)
            assert status_in(reply).message == str(error)
            assert "retry-after" not in reply.headers
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await server.call(batch.to_bytes())
        assert server.counted("refused_spans", "http") == 8
        assert server.counted("refused_spans", "grpc") == 4
        assert server.counted("accepted_spans", "grpc") == 0
    assert (caught.value.code().value[0], caught.value.details()) == (code, str(error))


@pytest.mark.parametrize(
    ("after", "header", "nanos"),
    [(0.2, "1", 200_000_000), (30, "30", 0), (1.5, "2", 500_000_000), (0, "0", 0)],
)
async def test_how_long_to_wait_is_told(otlp, after, header, nanos):
    batch = traces(1)
    async with otlp() as server:
        server.sink.script(always=RetryableError("later", after=after))
        protobuf = await server.post(batch.to_bytes())
        json = await server.post(batch.to_json(), JSON)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await server.call(batch.to_bytes())
    trailers = dict(caught.value.trailing_metadata())
    statuses = (
        status_pb2.Status.FromString(trailers["grpc-status-details-bin"]),
        status_in(protobuf),
        status_in(json),
    )
    for status in statuses:
        info = error_details_pb2.RetryInfo()
        assert isinstance(status.details[0], any_pb2.Any)
        assert status.details[0].Unpack(info)
        assert (info.retry_delay.seconds, info.retry_delay.nanos) == (int(after), nanos)
    assert protobuf.headers["retry-after"] == json.headers["retry-after"] == header


@pytest.mark.parametrize("signal", Signal)
async def test_what_is_refused_in_part_is_a_partial_success(otlp, signal):
    kind, field = RESPONSES[signal]
    batch = make_batch(signal, 10)
    async with otlp() as server:
        server.sinks[signal].script(always=PartialError("three were odd", rejected=3))
        reply = await server.post(batch.to_bytes(), path=f"/v1/{signal}")
        json = await server.post(batch.to_json(), JSON, path=f"/v1/{signal}")
        raw = await server.call(batch.to_bytes(), signal)
        assert (reply.status_code, json.status_code) == (200, 200)
        assert server.counted(f"accepted_{signal.items}", "http") == 14
        assert server.counted(f"refused_{signal.items}", "http") == 6
        assert server.counted(f"refused_{signal.items}", "grpc") == 3
    read = kind.FromString(reply.content), json_format.Parse(json.content, kind()), kind.FromString(raw)
    for response in read:
        assert getattr(response.partial_success, field) == 3
        assert response.partial_success.error_message == "three were odd"


async def test_a_long_or_odd_message_of_the_pipeline_is_made_fit(otlp):
    async with otlp() as server:
        server.sink.script(always=PermanentError("\ud800\n" + "x" * 100_000))
        reply = await server.post(traces(1).to_bytes())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await server.call(traces(1).to_bytes())
    assert status_in(reply).message == caught.value.details() == "?\n" + "x" * 1022


async def test_what_is_accepted_is_counted_by_transport(otlp):
    async with otlp() as server:
        await server.post(traces(5).to_bytes())
        await server.call(traces(7).to_bytes())
        assert server.counted("accepted_spans", "http") == 5
        assert server.counted("accepted_spans", "grpc") == 7
        assert server.counted("refused_spans", "http") == 0
        assert server.counted("accepted_log_records", "http") == 0


async def test_the_reply_waits_for_the_pipeline(otlp):
    async with otlp() as server, asyncio.TaskGroup() as group:
        server.sink.hold()
        request = group.create_task(server.post(traces(5).to_bytes()))
        await server.sink.tried(1)
        assert not request.done()
        assert server.counted("accepted_spans", "http") == 0
        server.sink.release()
        assert (await request).status_code == 200


async def test_response_headers_are_added_to_every_reply(otlp):
    async with otlp(http={"response_headers": {"X-Collector": "penstock"}}) as server:
        assert (await server.post(b"")).headers["x-collector"] == "penstock"
        assert (await server.web.get("/nowhere")).headers["x-collector"] == "penstock"


async def test_a_client_that_vanishes_leaves_nothing_behind(otlp):
    async with otlp() as server:
        _, writer = await asyncio.open_connection(*server.receiver.addresses["http"])
        head = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 100\r\n\r\n"
        writer.write(head + b"only this")
        await writer.drain()
        writer.close()
        assert (await server.post(traces(1).to_bytes())).status_code == 200
        assert len(server.sink.offered) == 1
