"""Data points of every kind of metric, field by field."""

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from penstock_exporter_debug.text.values import attributes, timestamp

if TYPE_CHECKING:
    from opentelemetry.proto.metrics.v1.metrics_pb2 import (
        Exemplar,
        ExponentialHistogramDataPoint,
        HistogramDataPoint,
        NumberDataPoint,
        SummaryDataPoint,
    )

__all__ = ("exponential", "histogram", "number", "number_value", "summary")


def number(point: "NumberDataPoint") -> Iterator[str]:
    """A point of a gauge or sum."""
    yield from attributes("Data point attributes:", point.attributes)
    yield from _times(point)
    yield f"Value: {number_value(point)}"
    yield from _rest(point.flags, point.exemplars)


def histogram(point: "HistogramDataPoint") -> Iterator[str]:
    """A point of a histogram with explicit bounds."""
    yield from attributes("Data point attributes:", point.attributes)
    yield from _times(point)
    yield from _totals(point)
    yield from (f"ExplicitBounds #{at}: {bound:g}" for at, bound in enumerate(point.explicit_bounds))
    yield from (f"Buckets #{at}, Count: {count}" for at, count in enumerate(point.bucket_counts))
    yield from _rest(point.flags, point.exemplars)


def exponential(point: "ExponentialHistogramDataPoint") -> Iterator[str]:
    """A point of an exponential histogram."""
    yield from attributes("Data point attributes:", point.attributes)
    yield from _times(point)
    yield from _totals(point)
    yield f"Scale: {point.scale}"
    negative, positive = point.negative, point.positive
    for at in reversed(range(len(negative.bucket_counts))):
        low, high = (_bound(point.scale, negative.offset + at + more) for more in (0, 1))
        yield f"Bucket [-{high:g}, -{low:g}), Count: {negative.bucket_counts[at]}"
    if point.zero_count:
        edge = point.zero_threshold
        yield f"Bucket [{-edge:g}, {edge:g}], Count: {point.zero_count}"
    for at, count in enumerate(positive.bucket_counts):
        low, high = (_bound(point.scale, positive.offset + at + more) for more in (0, 1))
        yield f"Bucket ({low:g}, {high:g}], Count: {count}"
    yield from _rest(point.flags, point.exemplars)


def summary(point: "SummaryDataPoint") -> Iterator[str]:
    """A point of a summary."""
    yield from attributes("Data point attributes:", point.attributes)
    yield from _times(point)
    yield f"Count: {point.count}"
    yield f"Sum: {point.sum:f}"
    for at, one in enumerate(point.quantile_values):
        yield f"QuantileValue #{at}: Quantile {one.quantile:g}, Value {one.value:g}"
    yield from _rest(point.flags, ())


def number_value(point: "NumberDataPoint | Exemplar") -> str:
    """The value, whole or not; nothing where there is none."""
    which = point.WhichOneof("value")
    if which is None:
        return ""
    return str(point.as_int) if which == "as_int" else f"{point.as_double:f}"


def _times(
    point: "NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint | SummaryDataPoint",
) -> Iterator[str]:
    yield f"StartTimestamp: {timestamp(point.start_time_unix_nano)}"
    yield f"Timestamp: {timestamp(point.time_unix_nano)}"


def _totals(point: "HistogramDataPoint | ExponentialHistogramDataPoint") -> Iterator[str]:
    yield f"Count: {point.count}"
    if point.HasField("sum"):
        yield f"Sum: {point.sum:f}"
    if point.HasField("min"):
        yield f"Min: {point.min:f}"
    if point.HasField("max"):
        yield f"Max: {point.max:f}"


def _rest(flags: int, exemplars: "Iterable[Exemplar]") -> Iterator[str]:
    if flags:
        yield f"Flags: {flags}" + (" (no recorded value)" if flags & 1 else "")
    for at, one in enumerate(exemplars):
        yield from ("Exemplars:",) if at == 0 else ()
        yield f"Exemplar #{at}"
        yield f"     -> Trace ID: {one.trace_id.hex()}".rstrip()
        yield f"     -> Span ID: {one.span_id.hex()}".rstrip()
        yield f"     -> Timestamp: {timestamp(one.time_unix_nano)}"
        yield f"     -> Value: {number_value(one)}"
        yield from attributes("     -> FilteredAttributes:", one.filtered_attributes, "          ")


def _bound(scale: int, index: int) -> float:
    """The upper edge of the bucket before `index`: base to the power of `index`."""
    try:
        return math.pow(2.0, math.ldexp(index, -scale))
    except OverflowError:
        return math.inf if index > 0 else 0.0
