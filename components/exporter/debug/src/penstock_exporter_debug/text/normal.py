"""About a line for each item, with its resource and scope above it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any  # Any: the kinds of data points have no common type

from penstock_exporter_debug.text.points import number_value
from penstock_exporter_debug.text.values import inline, line, plain

if TYPE_CHECKING:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
    from opentelemetry.proto.resource.v1.resource_pb2 import Resource

__all__ = ("log_lines", "metric_lines", "trace_lines")


def trace_lines(request: "ExportTraceServiceRequest") -> Iterator[str]:
    """Name, ids and attributes of each span."""
    for number, one in enumerate(request.resource_spans):
        yield _resource("ResourceTraces", number, one.schema_url, one.resource)
        for index, group in enumerate(one.scope_spans):
            yield _scope("ScopeTraces", index, group.schema_url, group.scope)
            for span in group.spans:
                yield _joined(
                    line(span.name), span.trace_id.hex(), span.span_id.hex(), inline(span.attributes)
                )


def log_lines(request: "ExportLogsServiceRequest") -> Iterator[str]:
    """Body and attributes of each record."""
    for number, one in enumerate(request.resource_logs):
        yield _resource("ResourceLog", number, one.schema_url, one.resource)
        for index, group in enumerate(one.scope_logs):
            yield _scope("ScopeLog", index, group.schema_url, group.scope)
            for record in group.log_records:
                yield _joined(plain(record.body), inline(record.attributes))


def metric_lines(request: "ExportMetricsServiceRequest") -> Iterator[str]:
    """Name, attributes and value of each point."""
    for number, one in enumerate(request.resource_metrics):
        yield _resource("ResourceMetrics", number, one.schema_url, one.resource)
        for index, group in enumerate(one.scope_metrics):
            yield _scope("ScopeMetrics", index, group.schema_url, group.scope)
            for metric in group.metrics:
                yield from _points(metric)


def _points(metric: "Metric") -> Iterator[str]:
    which = metric.WhichOneof("data")
    data: Any = getattr(metric, which) if which else None  # Any: one of five kinds
    for point in data.data_points if data is not None else ():
        pairs = ",".join(f"{line(pair.key)}={plain(pair.value)}" for pair in point.attributes)
        yield f"{line(metric.name)}{{{pairs}}} {_value(str(which), point)}".rstrip()


def _value(which: str, point: Any) -> str:  # Any: a point of one of five kinds
    if which in ("gauge", "sum"):
        return number_value(point)
    parts = [f"count={point.count}"]
    for name in ("sum", "min", "max"):
        if which == "summary":
            parts += [f"sum={point.sum:g}"] if name == "sum" else []
        elif point.HasField(name):
            parts.append(f"{name}={getattr(point, name):g}")
    if which == "summary":
        parts += [f"q{one.quantile:g}={one.value:g}" for one in point.quantile_values]
    if which == "histogram":
        edges = [*(f"le{bound:g}" for bound in point.explicit_bounds), "leInf"]
        parts += [f"{edge}={count}" for edge, count in zip(edges, point.bucket_counts, strict=False)]
    return " ".join(parts)


def _resource(name: str, number: int, schema_url: str, one: "Resource") -> str:
    return _joined(f"{name} #{number}", line(schema_url), inline(one.attributes))


def _scope(name: str, number: int, schema_url: str, one: "InstrumentationScope") -> str:
    title = line(one.name) + (f"@{line(one.version)}" if one.version else "")
    return _joined(f"{name} #{number}", title, line(schema_url), inline(one.attributes))


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
