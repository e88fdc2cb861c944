"""Made telemetry: every item with a number, an id and a time of its own."""

import secrets
from collections.abc import Mapping
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from penstock_api import AnyBatch, Logs, Metrics, Signal, Traces

__all__ = ("Maker",)

_SCOPE: Final = InstrumentationScope(name="penstock-traffic-generator")
_MILLISECOND: Final = 1_000_000
_PER_TRACE: Final = 10


class Maker:
    """Makes batches, as bytes: what is behind gets them as from a sender."""

    def __init__(self, resource: Mapping[str, str], body_size: int) -> None:
        self._resource = Resource(attributes=[_attribute(key, value) for key, value in resource.items()])
        text = "made by the traffic generator " * (body_size // 30 + 1)
        self._body = AnyValue(string_value=text[:body_size])
        self._made = 0

    def make(self, signal: Signal, items: int, wall_ns: int) -> AnyBatch:
        """`items` items of `signal`, of this moment."""
        first, self._made = self._made, self._made + items
        numbers = range(first, first + items)
        match signal:
            case Signal.TRACES:
                return self._traces(numbers, wall_ns)
            case Signal.METRICS:
                return self._metrics(numbers, wall_ns)
            case Signal.LOGS:
                return self._logs(numbers, wall_ns)

    def _traces(self, numbers: range, wall_ns: int) -> Traces:
        trace_id = b""
        scope = ScopeSpans(scope=_SCOPE)
        for place, number in enumerate(numbers):
            if place % _PER_TRACE == 0:
                trace_id = secrets.token_bytes(16)
            scope.spans.append(_span(trace_id, number, wall_ns))
        entry = ResourceSpans(resource=self._resource, scope_spans=[scope])
        return Traces.from_wire(ExportTraceServiceRequest(resource_spans=[entry]).SerializeToString())

    def _metrics(self, numbers: range, wall_ns: int) -> Metrics:
        points = [
            NumberDataPoint(time_unix_nano=wall_ns, as_int=number, attributes=[_numbered(number)])
            for number in numbers
        ]
        metric = Metric(name="traffic.generated", unit="1", gauge=Gauge(data_points=points))
        scope = ScopeMetrics(scope=_SCOPE, metrics=[metric])
        entry = ResourceMetrics(resource=self._resource, scope_metrics=[scope])
        return Metrics.from_wire(ExportMetricsServiceRequest(resource_metrics=[entry]).SerializeToString())

    def _logs(self, numbers: range, wall_ns: int) -> Logs:
        records = [
            LogRecord(
                time_unix_nano=wall_ns,
                observed_time_unix_nano=wall_ns,
                severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
                severity_text="INFO",
                body=self._body,
                attributes=[_numbered(number)],
            )
            for number in numbers
        ]
        entry = ResourceLogs(
            resource=self._resource, scope_logs=[ScopeLogs(scope=_SCOPE, log_records=records)]
        )
        return Logs.from_wire(ExportLogsServiceRequest(resource_logs=[entry]).SerializeToString())


def _span(trace_id: bytes, number: int, wall_ns: int) -> Span:
    return Span(
        trace_id=trace_id,
        span_id=secrets.token_bytes(8),
        name=f"operation-{number % _PER_TRACE}",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=wall_ns - _MILLISECOND,
        end_time_unix_nano=wall_ns,
        attributes=[_numbered(number)],
    )


def _numbered(number: int) -> KeyValue:
    return KeyValue(key="number", value=AnyValue(int_value=number))


def _attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
