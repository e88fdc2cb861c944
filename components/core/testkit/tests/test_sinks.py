import asyncio
import gzip

import grpc
import pytest

from penstock_api import Traces
from penstock_testkit import logs, settle, traces
from penstock_testkit.contract import Mode, Sink, serve_sink


async def post(endpoint, path, *parts, headers=""):
    """Send one request as raw bytes; gives the status line."""
    reader, writer = await asyncio.open_connection(*endpoint.split(":"))
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
    for part in parts:
        writer.write(part)
    line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]
    writer.close()
    return line


async def test_http_counts_what_it_accepts_and_answers_by_its_modes():
    sink, body = Sink(Mode.RETRYABLE, Mode.PERMANENT), traces(3).to_bytes()
    async with serve_sink("otlp_http", sink) as endpoint:
        length = f"Content-Length: {len(body)}\r\n"
        lines = [await post(endpoint, "/v1/traces", body, headers=length) for _ in range(3)]
    assert lines == [b"HTTP/1.1 503 -", b"HTTP/1.1 400 -", b"HTTP/1.1 200 -"]
    assert (sink.items, sink.requests) == (3, 3)


async def test_http_reads_gzip_and_chunks():
    sink, body = Sink(), gzip.compress(logs(4).to_bytes())
    async with serve_sink("otlp_http", sink) as endpoint:
        parts = (b"%x\r\n%s\r\n" % (len(body), body), b"0\r\n\r\n")
        headers = "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"
        assert await post(endpoint, "/v1/logs", *parts, headers=headers) == b"HTTP/1.1 200 -"
    assert sink.items == 4


async def test_grpc_answers_by_its_modes():
    sink, codes = Sink(Mode.RETRYABLE, Mode.PERMANENT), []
    async with serve_sink("otlp_grpc", sink) as endpoint, grpc.aio.insecure_channel(endpoint) as channel:
        export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        for _ in range(2):
            with pytest.raises(grpc.aio.AioRpcError, match="the sink is told to be") as caught:
                await export(traces(2).to_bytes())
            codes.append(caught.value.code())
        await export(traces(2).to_bytes())
    assert codes == [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INVALID_ARGUMENT]
    assert sink.items == 2


async def test_items_can_be_waited_for():
    sink = Sink()
    waiting = asyncio.get_running_loop().create_task(sink.received(3))
    await settle()
    sink.take(Traces, traces(2).to_bytes())
    sink.take(Traces, traces(1).to_bytes())
    await waiting
    with pytest.raises(AssertionError, match="expected 4 items, the sink got 3"):
        await sink.received(4, within=0)
