"""What holds for every request: pieces hold what the whole held, and JSON says what protobuf says."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Exemplar,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
    Summary,
    SummaryDataPoint,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from penstock_api import Logs, MalformedError, Metrics, Traces

U64 = st.integers(0, 2**64 - 1)
I64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(max_size=8)
FLOATS = st.floats(allow_nan=False)
TRACE_ID = st.binary(min_size=16, max_size=16) | st.just(b"")
SPAN_ID = st.binary(min_size=8, max_size=8) | st.just(b"")


def few(of, most=3):
    return st.lists(of, max_size=most)


KEY = TEXT | st.sampled_from(["traceId", "spanId", "parentSpanId", "spans"])
VALUE = st.recursive(
    st.builds(AnyValue, string_value=TEXT)
    | st.builds(AnyValue, int_value=I64)
    | st.builds(AnyValue, double_value=FLOATS)
    | st.builds(AnyValue, bool_value=st.booleans())
    | st.builds(AnyValue, bytes_value=st.binary(max_size=8))
    | st.just(AnyValue()),
    lambda inner: (
        st.builds(lambda values: AnyValue(array_value=ArrayValue(values=values)), few(inner))
        | st.builds(
            lambda pairs: AnyValue(kvlist_value=KeyValueList(values=pairs)),
            few(st.builds(KeyValue, key=KEY, value=inner)),
        )
    ),
    max_leaves=4,
)
ATTRIBUTES = few(st.builds(KeyValue, key=KEY, value=VALUE))
RESOURCE = st.builds(Resource, attributes=ATTRIBUTES, dropped_attributes_count=st.integers(0, 9))
SCOPE = st.builds(InstrumentationScope, name=TEXT, version=TEXT, attributes=ATTRIBUTES)

LINK = st.builds(Span.Link, trace_id=TRACE_ID, span_id=SPAN_ID, attributes=ATTRIBUTES)
SPAN = st.builds(
    Span,
    trace_id=TRACE_ID,
    span_id=SPAN_ID,
    parent_span_id=SPAN_ID,
    name=TEXT,
    kind=st.integers(0, 5),
    start_time_unix_nano=U64,
    attributes=ATTRIBUTES,
    events=few(st.builds(Span.Event, name=TEXT, attributes=ATTRIBUTES), 1),
    links=few(LINK, 2),
    status=st.builds(Status, code=st.integers(0, 2), message=TEXT),
)
RECORD = st.builds(
    LogRecord,
    trace_id=TRACE_ID,
    span_id=SPAN_ID,
    body=VALUE,
    severity_number=st.integers(0, 24),
    observed_time_unix_nano=U64,
    attributes=ATTRIBUTES,
)
EXEMPLARS = few(st.builds(Exemplar, trace_id=TRACE_ID, span_id=SPAN_ID, as_double=FLOATS), 1)
NUMBER = st.builds(NumberDataPoint, attributes=ATTRIBUTES, as_int=I64, exemplars=EXEMPLARS)
BUCKETS = few(U64)
KINDS = {
    "gauge": st.builds(Gauge, data_points=few(NUMBER)),
    "sum": st.builds(
        Sum, data_points=few(NUMBER), is_monotonic=st.booleans(), aggregation_temporality=st.integers(0, 2)
    ),
    "histogram": st.builds(
        Histogram,
        data_points=few(
            st.builds(HistogramDataPoint, count=U64, sum=FLOATS, bucket_counts=BUCKETS, exemplars=EXEMPLARS)
        ),
        aggregation_temporality=st.integers(0, 2),
    ),
    "exponential_histogram": st.builds(
        ExponentialHistogram,
        data_points=few(
            st.builds(ExponentialHistogramDataPoint, count=U64, scale=st.integers(-9, 9), exemplars=EXEMPLARS)
        ),
        aggregation_temporality=st.integers(0, 2),
    ),
    "summary": st.builds(Summary, data_points=few(st.builds(SummaryDataPoint, count=U64, sum=FLOATS))),
}
METRIC = st.one_of(
    *(
        st.builds(Metric, name=TEXT, unit=TEXT, description=TEXT, metadata=ATTRIBUTES, **{name: data})
        for name, data in KINDS.items()
    ),
    st.builds(Metric, name=TEXT),
)


def layers(request, outer, resources, inner, scopes, items, item):
    scope = st.builds(scopes, scope=SCOPE, schema_url=TEXT, **{items: few(item)})
    resource = st.builds(resources, resource=RESOURCE, schema_url=TEXT, **{inner: few(scope, 2)})
    return st.builds(request, **{outer: few(resource, 2)})


REQUESTS = {
    Traces: layers(
        ExportTraceServiceRequest, "resource_spans", ResourceSpans, "scope_spans", ScopeSpans, "spans", SPAN
    ),
    Metrics: layers(
        ExportMetricsServiceRequest,
        "resource_metrics",
        ResourceMetrics,
        "scope_metrics",
        ScopeMetrics,
        "metrics",
        METRIC,
    ),
    Logs: layers(
        ExportLogsServiceRequest,
        "resource_logs",
        ResourceLogs,
        "scope_logs",
        ScopeLogs,
        "log_records",
        RECORD,
    ),
}


def flat(batch):
    """Every item with all that stands around it, in order."""
    return list(_flat_points(batch) if isinstance(batch, Metrics) else _flat_items(batch))


def _flat_items(batch):
    outer, inner, items = {
        Traces: ("resource_spans", "scope_spans", "spans"),
        Logs: ("resource_logs", "scope_logs", "log_records"),
    }[type(batch)]
    for resource in getattr(batch.message(), outer):
        for scope in getattr(resource, inner):
            around = resource.resource, resource.schema_url, scope.scope, scope.schema_url
            for item in getattr(scope, items):
                yield tuple(
                    part if isinstance(part, str) else part.SerializeToString() for part in (*around, item)
                )


def _flat_points(batch):
    for resource in batch.message().resource_metrics:
        for scope in resource.scope_metrics:
            around = resource.resource, resource.schema_url, scope.scope, scope.schema_url
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                for point in getattr(metric, kind).data_points if kind else ():
                    alone = Metric()
                    alone.CopyFrom(metric)
                    del getattr(alone, kind).data_points[:]
                    getattr(alone, kind).data_points.append(point)
                    yield tuple(
                        part if isinstance(part, str) else part.SerializeToString()
                        for part in (*around, alone)
                    )


@pytest.mark.parametrize("kind", REQUESTS)
@settings(deadline=None, max_examples=60)
@given(data=st.data(), limit=st.integers(1, 7), first=st.integers(0, 7))
def test_pieces_hold_every_item_once_with_all_that_stands_around_it(kind, data, limit, first):
    batch = kind.from_wire(data.draw(REQUESTS[kind]).SerializeToString())
    pieces = batch.split(limit, first=first)
    assert [item for piece in pieces for item in flat(piece)] == flat(batch)
    assert all(len(piece) == len(flat(piece)) for piece in pieces)
    sizes = [len(piece) for piece in pieces]
    assert sizes[0] <= (first or limit)
    assert all(size == limit for size in sizes[1:-1])
    assert sizes[-1] <= max(limit, first)
    assert len(kind.join(pieces)) == len(batch) == len(flat(batch))


@pytest.mark.parametrize("kind", REQUESTS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_json_brings_back_the_same_request(kind, data):
    batch = kind.from_message(data.draw(REQUESTS[kind]))
    back = kind.from_json(batch.to_json())
    assert back.message() == batch.message()
    assert len(back) == len(batch)
    assert b"\n" not in batch.to_json()


LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["NaN", "1e3", "00ff", "=", "SPAN_KIND_SERVER", "a" * 32, "\ud800"]),
)
NAMES = st.sampled_from(
    [
        "resourceSpans",
        "resource_spans",
        "scopeSpans",
        "spans",
        "links",
        "traceId",
        "trace_id",
        "spanId",
        "attributes",
        "key",
        "value",
        "stringValue",
        "intValue",
        "doubleValue",
        "bytesValue",
        "kvlistValue",
        "arrayValue",
        "values",
        "kind",
        "status",
        "code",
        "name",
        "startTimeUnixNano",
        "resourceMetrics",
        "scopeMetrics",
        "metrics",
        "gauge",
        "sum",
        "histogram",
        "exponentialHistogram",
        "dataPoints",
        "exemplars",
        "asInt",
        "asDouble",
        "bucketCounts",
        "scale",
        "resourceLogs",
        "scopeLogs",
        "logRecords",
        "body",
    ]
)
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=3) | st.just("\ud800"), inner, max_size=5)
    ),
    max_leaves=15,
)


@pytest.mark.parametrize("kind", REQUESTS)
@settings(deadline=None, max_examples=200)
@given(tree=TREE, depth=st.integers(0, 3))
def test_any_json_is_read_or_refused(kind, tree, depth):
    prefix = {Traces: "Spans", Metrics: "Metrics", Logs: "Logs"}[kind]
    ways = [f"resource{prefix}", f"scope{prefix}", {"Logs": "logRecords"}.get(prefix, prefix.lower())]
    for way in reversed(ways[:depth]):
        tree = {way: [tree]}
    with contextlib.suppress(MalformedError):
        batch = kind.from_json(json.dumps(tree).encode())
        assert kind.from_wire(batch.to_bytes()).message() == batch.message()
        batch.to_json()


@pytest.mark.parametrize("kind", REQUESTS)
@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_counted_or_refused(kind, data):
    with contextlib.suppress(MalformedError):
        batch = kind.from_wire(data)
        assert len(batch) == len(kind.from_message(batch.message()))
        assert sum(map(len, batch.split(1))) == len(batch)
