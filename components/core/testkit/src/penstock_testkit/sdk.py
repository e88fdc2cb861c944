"""Telemetry sent by the real OpenTelemetry SDK, over each OTLP protocol."""

from typing import Any, Final  # Any: the SDK's exporters share no type per protocol

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

__all__ = ("PROTOCOLS", "send")

PROTOCOLS: Final = ("grpc", "http")
_NEVER = 3_600_000.0  # milliseconds between exports: one happens at shutdown


def send(protocol: str, port: int, items: int) -> None:
    """Send `items` spans, metric points and log records each to 127.0.0.1, and wait for the answers."""
    spans, metrics, logs = _exporters(protocol, port)
    resource = Resource.create({"service.name": f"demo-{protocol}"})
    _send_spans(resource, spans, items)
    _send_points(resource, metrics, items)
    _send_logs(resource, logs, items)


def _exporters(protocol: str, port: int) -> tuple[Any, Any, Any]:
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import _log_exporter, metric_exporter, trace_exporter  # noqa: PLC0415

        where = f"127.0.0.1:{port}"
        return (
            trace_exporter.OTLPSpanExporter(where, insecure=True),
            metric_exporter.OTLPMetricExporter(where, insecure=True),
            _log_exporter.OTLPLogExporter(where, insecure=True),
        )
    from opentelemetry.exporter.otlp.proto.http import _log_exporter as logs  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http import metric_exporter as metrics  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as spans  # noqa: PLC0415

    base = f"http://127.0.0.1:{port}/v1"
    return (
        spans.OTLPSpanExporter(f"{base}/traces"),
        metrics.OTLPMetricExporter(f"{base}/metrics"),
        logs.OTLPLogExporter(f"{base}/logs"),
    )


def _send_spans(resource: Resource, exporter: Any, items: int) -> None:
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("penstock")
    for number in range(items):
        with tracer.start_as_current_span(f"work-{number}") as one:
            one.set_attribute("number", number)
    provider.shutdown()


def _send_points(resource: Resource, exporter: Any, items: int) -> None:
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=_NEVER)
    provider = MeterProvider([reader], resource=resource)
    counter = provider.get_meter("penstock").create_counter("work.done")
    for number in range(items):
        counter.add(1, {"number": number})
    provider.shutdown()


def _send_logs(resource: Resource, exporter: Any, items: int) -> None:
    provider = LoggerProvider(resource=resource)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("penstock")
    for number in range(items):
        logger.emit(
            LogRecord(body=f"worked {number}", severity_number=SeverityNumber.INFO, severity_text="INFO")
        )
    provider.shutdown()
