"""Telemetry to send: deterministic, every item with a name of its own."""

from collections.abc import Callable, Iterator

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
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

__all__ = ("logs", "make", "metrics", "names_of", "traces")

_START_NS = 1_700_000_000_000_000_000
_PER_METRIC = 10


def traces(n: int, *, first: int = 0, service: str = "testkit") -> Traces:
    """`n` spans named `span-<number>`, numbered from `first`, with ids made of the number."""
    spans = [_span(number) for number in range(first, first + n)]
    scope = ScopeSpans(scope=_scope(), spans=spans)
    request = ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=_resource(service), scope_spans=[scope])]
    )
    return Traces.from_wire(request.SerializeToString())


def metrics(n: int, *, first: int = 0, service: str = "testkit") -> Metrics:
    """`n` points of gauges (ten points each) with attribute `item` = `point-<number>`."""
    numbers = range(first, first + n)
    groups = [numbers[start : start + _PER_METRIC] for start in range(0, n, _PER_METRIC)]
    scope = ScopeMetrics(scope=_scope(), metrics=[_metric(group) for group in groups])
    request = ExportMetricsServiceRequest(
        resource_metrics=[ResourceMetrics(resource=_resource(service), scope_metrics=[scope])]
    )
    return Metrics.from_wire(request.SerializeToString())


def logs(n: int, *, first: int = 0, service: str = "testkit") -> Logs:
    """`n` log records with body `log-<number>`."""
    records = [_record(number) for number in range(first, first + n)]
    scope = ScopeLogs(scope=_scope(), log_records=records)
    request = ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=_resource(service), scope_logs=[scope])]
    )
    return Logs.from_wire(request.SerializeToString())


def make(signal: Signal, n: int, *, first: int = 0) -> AnyBatch:
    """`n` items of `signal`."""
    makers: dict[Signal, Callable[..., AnyBatch]] = {
        Signal.TRACES: traces,
        Signal.METRICS: metrics,
        Signal.LOGS: logs,
    }
    return makers[signal](n, first=first)


def names_of(batch: AnyBatch) -> list[str]:
    """The names of all items, in order, as the functions above gave them."""
    readers = {Signal.TRACES: _span_names, Signal.METRICS: _point_names, Signal.LOGS: _log_names}
    return list(readers[batch.signal](type(batch).join([batch])))


def _span_names(batch: AnyBatch) -> Iterator[str]:
    for resource in batch.message().resource_spans:
        for scope in resource.scope_spans:
            yield from (span.name for span in scope.spans)


def _point_names(batch: AnyBatch) -> Iterator[str]:
    for resource in batch.message().resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                points = getattr(metric, metric.WhichOneof("data")).data_points
                yield from (_item(point.attributes) or metric.name for point in points)


def _log_names(batch: AnyBatch) -> Iterator[str]:
    for resource in batch.message().resource_logs:
        for scope in resource.scope_logs:
            yield from (record.body.string_value for record in scope.log_records)


def _item(attributes: list[KeyValue]) -> str:
    return next((one.value.string_value for one in attributes if one.key == "item"), "")


def _span(number: int) -> Span:
    return Span(
        trace_id=(number // 10 + 1).to_bytes(16, "big"),
        span_id=(number + 1).to_bytes(8, "big"),
        name=f"span-{number}",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=_START_NS + number,
        end_time_unix_nano=_START_NS + number + 1_000_000,
        attributes=[_attribute("item", f"span-{number}")],
    )


def _metric(numbers: range) -> Metric:
    points = [
        NumberDataPoint(
            time_unix_nano=_START_NS + number,
            as_int=number,
            attributes=[_attribute("item", f"point-{number}")],
        )
        for number in numbers
    ]
    return Metric(name=f"metric-{numbers[0]}", unit="1", gauge=Gauge(data_points=points))


def _record(number: int) -> LogRecord:
    return LogRecord(
        time_unix_nano=_START_NS + number,
        severity_text="INFO",
        body=AnyValue(string_value=f"log-{number}"),
        attributes=[_attribute("item", f"log-{number}")],
    )


def _resource(service: str) -> Resource:
    return Resource(attributes=[_attribute("service.name", service)])


def _scope() -> InstrumentationScope:
    return InstrumentationScope(name="penstock-testkit", version="1")


def _attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
