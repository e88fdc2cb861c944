"""The exporters of the real OpenTelemetry SDK send to the receiver."""

import asyncio

import pytest
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from penstock_api import Signal


def send_all(span_exporter, metric_exporter, log_exporter):
    """Ten spans, one metric with two points and three log records; blocks."""
    tracers, loggers = TracerProvider(), LoggerProvider()
    tracers.add_span_processor(BatchSpanProcessor(span_exporter))
    loggers.add_log_record_processor(BatchLogRecordProcessor(log_exporter))
    meters = MeterProvider([PeriodicExportingMetricReader(metric_exporter)])
    for number in range(10):
        with tracers.get_tracer("test").start_as_current_span(f"span-{number}"):
            pass
    counter = meters.get_meter("test").create_counter("requests")
    counter.add(1, {"way": "a"})
    counter.add(1, {"way": "b"})
    for number in range(3):
        loggers.get_logger("test").emit(body=f"log-{number}")
    for provider in (tracers, meters, loggers):
        provider.shutdown()  # sends what has not been sent


async def check(server):
    assert server.sinks[Signal.TRACES].items == 10
    assert server.sinks[Signal.METRICS].items == 2
    assert server.sinks[Signal.LOGS].items == 3
    spans = server.sink.batches[0].message().resource_spans[0].scope_spans[0].spans
    assert [span.name for span in spans] == [f"span-{number}" for number in range(10)]


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
async def test_http(otlp, compression):
    async with otlp() as server:
        base = f"http://127.0.0.1:{server.receiver.addresses['http'][1]}/v1"
        exporters = [
            kind(f"{base}/{path}", compression=compression)
            for kind, path in ((HttpSpans, "traces"), (HttpMetrics, "metrics"), (HttpLogs, "logs"))
        ]
        await asyncio.to_thread(send_all, *exporters)
        await check(server)


async def test_grpc(otlp):
    async with otlp() as server:
        end = f"127.0.0.1:{server.receiver.addresses['grpc'][1]}"
        exporters = [kind(end, insecure=True) for kind in (GrpcSpans, GrpcMetrics, GrpcLogs)]
        await asyncio.to_thread(send_all, *exporters)
        await check(server)
