"""Everything that metrics say."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final  # Any: the kinds of data have no common type

from penstock_exporter_debug.text import points
from penstock_exporter_debug.text.values import attributes, line, resource, scope

if TYPE_CHECKING:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

__all__ = ("lines",)

_TEMPORALITY: Final = ("Unspecified", "Delta", "Cumulative")
_Write = Callable[[Any], Iterator[str]]  # Any: each takes its own kind of point
_KINDS: Final[dict[str, tuple[str, str, _Write]]] = {
    "gauge": ("Gauge", "NumberDataPoints", points.number),
    "sum": ("Sum", "NumberDataPoints", points.number),
    "histogram": ("Histogram", "HistogramDataPoints", points.histogram),
    "exponential_histogram": (
        "ExponentialHistogram",
        "ExponentialHistogramDataPoints",
        points.exponential,
    ),
    "summary": ("Summary", "SummaryDataPoints", points.summary),
}


def lines(request: "ExportMetricsServiceRequest") -> Iterator[str]:
    """Line by line."""
    for number, one in enumerate(request.resource_metrics):
        yield from resource("ResourceMetrics", number, one.schema_url, one.resource)
        for index, group in enumerate(one.scope_metrics):
            yield from scope("ScopeMetrics", index, group.schema_url, group.scope)
            for position, metric in enumerate(group.metrics):
                yield f"Metric #{position}"
                yield from _metric(metric)


def _metric(metric: "Metric") -> Iterator[str]:
    yield "Descriptor:"
    yield f"     -> Name: {line(metric.name)}"
    yield f"     -> Description: {line(metric.description)}".rstrip()
    yield f"     -> Unit: {line(metric.unit)}".rstrip()
    yield from attributes("     -> Metadata:", metric.metadata, "          ")
    which = metric.WhichOneof("data")
    if which is None:
        yield "     -> DataType: Empty"
        return
    name, heading, write = _KINDS[which]
    yield f"     -> DataType: {name}"
    data: Any = getattr(metric, which)  # Any: one of five kinds
    if which == "sum":
        yield f"     -> IsMonotonic: {str(data.is_monotonic).lower()}"
    if which not in ("gauge", "summary"):
        yield f"     -> AggregationTemporality: {_temporality(data.aggregation_temporality)}"
    for at, point in enumerate(data.data_points):
        yield f"{heading} #{at}"
        yield from write(point)


def _temporality(number: int) -> str:
    return _TEMPORALITY[number] if 0 <= number < len(_TEMPORALITY) else str(number)
