"""Every kind of data and value, in full."""

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from penstock_api import Logs, Metrics, Signal, Traces, batch_type
from penstock_exporter_debug.text import render
from penstock_exporter_debug.text.values import timestamp, typed
from penstock_testkit import make

RESOURCE = {
    "resource": {
        "attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}],
        "droppedAttributesCount": 1,
    },
    "schemaUrl": "https://example.com/schema",
}
SCOPE = {"scope": {"name": "lib", "version": "1.2", "attributes": [{"key": "a", "value": {"intValue": "1"}}]}}
RESOURCE_TEXT = """\
Resource SchemaURL: https://example.com/schema
Resource attributes:
     -> service.name: Str(shop)
Resource DroppedAttributesCount: 1"""
SCOPE_TEXT = """\
InstrumentationScope lib 1.2
InstrumentationScope attributes:
     -> a: Int(1)"""


def read(message, tree):
    from google.protobuf.json_format import ParseDict

    return ParseDict(tree, message)


def detailed_metric(metric: dict) -> str:
    """The text of one metric, without its resource and scope."""
    tree = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}
    batch = Metrics.from_message(read(ExportMetricsServiceRequest(), tree))
    return render(batch, detailed=True).partition("Metric #0\n")[2]


def test_a_span_is_shown_in_full():
    span = {
        "traceId": "W4qlotLYcugyHPNzCMad8g==",
        "spanId": "BRWBvzy1XBM=",
        "parentSpanId": "XxIBvzy1XBM=",
        "traceState": "rojo=1",
        "flags": 257,
        "name": "GET /cart",
        "kind": 2,
        "startTimeUnixNano": "1581452772000000321",
        "endTimeUnixNano": "1581452773000000789",
        "status": {"code": 2, "message": "boom"},
        "droppedAttributesCount": 3,
        "droppedEventsCount": 4,
        "droppedLinksCount": 5,
        "attributes": [{"key": "http.method", "value": {"stringValue": "GET"}}],
        "events": [
            {
                "name": "retry",
                "timeUnixNano": "1581452772500000000",
                "attributes": [{"key": "try", "value": {"intValue": "2"}}],
            }
        ],
        "links": [
            {
                "traceId": "W4qlotLYcugyHPNzCMad8g==",
                "spanId": "BRWBvzy1XBM=",
                "traceState": "a=b",
                "flags": 1,
                "attributes": [{"key": "why", "value": {"stringValue": "batch"}}],
            }
        ],
    }
    tree = {"resourceSpans": [{**RESOURCE, "scopeSpans": [{**SCOPE, "schemaUrl": "u", "spans": [span]}]}]}
    text = render(Traces.from_message(read(ExportTraceServiceRequest(), tree)), detailed=True)
    assert (
        text
        == f"""\
ResourceSpans #0
{RESOURCE_TEXT}
ScopeSpans #0
ScopeSpans SchemaURL: u
{SCOPE_TEXT}
Span #0
    Trace ID       : 5b8aa5a2d2d872e8321cf37308c69df2
    Parent ID      : 5f1201bf3cb55c13
    ID             : 051581bf3cb55c13
    Name           : GET /cart
    Kind           : Server
    Start time     : 2020-02-11 20:26:12.000000321 +0000 UTC
    End time       : 2020-02-11 20:26:13.000000789 +0000 UTC
    Status code    : Error
    Status message : boom
    TraceState     : rojo=1
    Flags          : 0x101
    DroppedAttributesCount : 3
    DroppedEventsCount : 4
    DroppedLinksCount : 5
Attributes:
     -> http.method: Str(GET)
Events:
SpanEvent #0
     -> Name: retry
     -> Timestamp: 2020-02-11 20:26:12.5 +0000 UTC
     -> DroppedAttributesCount: 0
     -> Attributes:
          -> try: Int(2)
Links:
SpanLink #0
     -> Trace ID: 5b8aa5a2d2d872e8321cf37308c69df2
     -> ID: 051581bf3cb55c13
     -> TraceState: a=b
     -> Flags: 0x1
     -> DroppedAttributesCount: 0
     -> Attributes:
          -> why: Str(batch)"""
    )


def test_a_log_record_is_shown_in_full():
    record = {
        "timeUnixNano": "1581452773000000789",
        "observedTimeUnixNano": "1581452774000000000",
        "severityNumber": 10,
        "severityText": "INFO",
        "eventName": "user.login",
        "body": {"stringValue": "hello"},
        "droppedAttributesCount": 1,
        "flags": 1,
        "traceId": "W4qlotLYcugyHPNzCMad8g==",
        "spanId": "BRWBvzy1XBM=",
        "attributes": [{"key": "user", "value": {"stringValue": "ada"}}],
    }
    tree = {"resourceLogs": [{**RESOURCE, "scopeLogs": [{**SCOPE, "logRecords": [record]}]}]}
    text = render(Logs.from_message(read(ExportLogsServiceRequest(), tree)), detailed=True)
    assert (
        text
        == f"""\
ResourceLog #0
{RESOURCE_TEXT}
ScopeLogs #0
ScopeLogs SchemaURL:
{SCOPE_TEXT}
LogRecord #0
ObservedTimestamp: 2020-02-11 20:26:14 +0000 UTC
Timestamp: 2020-02-11 20:26:13.000000789 +0000 UTC
SeverityText: INFO
SeverityNumber: Info2(10)
EventName: user.login
Body: Str(hello)
Attributes:
     -> user: Str(ada)
DroppedAttributesCount: 1
Trace ID: 5b8aa5a2d2d872e8321cf37308c69df2
Span ID: 051581bf3cb55c13
Flags: 1"""
    )


def test_a_sum_with_an_exemplar_is_shown_in_full():
    point = {
        "attributes": [{"key": "host", "value": {"stringValue": "a"}}],
        "startTimeUnixNano": "1",
        "timeUnixNano": "2000000000",
        "asInt": "123",
        "exemplars": [
            {
                "traceId": "W4qlotLYcugyHPNzCMad8g==",
                "spanId": "BRWBvzy1XBM=",
                "timeUnixNano": "1000000000",
                "asDouble": 1.5,
                "filteredAttributes": [{"key": "k", "value": {"boolValue": True}}],
            }
        ],
    }
    metric = {
        "name": "requests",
        "description": "how many",
        "unit": "1",
        "metadata": [{"key": "m", "value": {"stringValue": "x"}}],
        "sum": {"isMonotonic": True, "aggregationTemporality": 2, "dataPoints": [point]},
    }
    assert (
        detailed_metric(metric)
        == """\
Descriptor:
     -> Name: requests
     -> Description: how many
     -> Unit: 1
     -> Metadata:
          -> m: Str(x)
     -> DataType: Sum
     -> IsMonotonic: true
     -> AggregationTemporality: Cumulative
NumberDataPoints #0
Data point attributes:
     -> host: Str(a)
StartTimestamp: 1970-01-01 00:00:00.000000001 +0000 UTC
Timestamp: 1970-01-01 00:00:02 +0000 UTC
Value: 123
Exemplars:
Exemplar #0
     -> Trace ID: 5b8aa5a2d2d872e8321cf37308c69df2
     -> Span ID: 051581bf3cb55c13
     -> Timestamp: 1970-01-01 00:00:01 +0000 UTC
     -> Value: 1.500000
     -> FilteredAttributes:
          -> k: Bool(true)"""
    )


def test_a_histogram_shows_its_bounds_and_buckets():
    point = {
        "count": "3",
        "sum": 6.0,
        "min": 1.0,
        "max": 3.0,
        "explicitBounds": [1.5, 10],
        "bucketCounts": ["1", "2", "0"],
    }
    text = detailed_metric({"name": "h", "histogram": {"aggregationTemporality": 1, "dataPoints": [point]}})
    assert (
        "     -> DataType: Histogram\n     -> AggregationTemporality: Delta\nHistogramDataPoints #0" in text
    )
    assert text.endswith(
        "Count: 3\nSum: 6.000000\nMin: 1.000000\nMax: 3.000000\n"
        "ExplicitBounds #0: 1.5\nExplicitBounds #1: 10\n"
        "Buckets #0, Count: 1\nBuckets #1, Count: 2\nBuckets #2, Count: 0"
    )


def test_a_histogram_without_sum_minimum_and_maximum_shows_none():
    text = detailed_metric({"name": "h", "histogram": {"dataPoints": [{"count": "1"}]}})
    assert not any(word in text for word in ("Sum", "Min", "Max"))


def test_an_exponential_histogram_shows_buckets_with_their_edges():
    point = {
        "count": "6",
        "scale": 0,
        "zeroCount": "1",
        "zeroThreshold": 0.5,
        "positive": {"offset": 1, "bucketCounts": ["2", "0"]},
        "negative": {"offset": 0, "bucketCounts": ["3", "1"]},
    }
    text = detailed_metric({"name": "e", "exponentialHistogram": {"dataPoints": [point]}})
    assert "     -> DataType: ExponentialHistogram" in text
    assert text.endswith(
        "Scale: 0\n"
        "Bucket [-4, -2), Count: 1\nBucket [-2, -1), Count: 3\n"
        "Bucket [-0.5, 0.5], Count: 1\n"
        "Bucket (2, 4], Count: 2\nBucket (4, 8], Count: 0"
    )


def test_edges_that_no_number_can_hold_are_shown_as_zero_or_infinite():
    point = {
        "scale": -1000,
        "positive": {"offset": 2, "bucketCounts": ["1"]},
        "negative": {"offset": -2, "bucketCounts": ["1"]},
    }
    text = detailed_metric({"name": "e", "exponentialHistogram": {"dataPoints": [point]}})
    assert "Bucket [-0, -0), Count: 1" in text
    assert "Bucket (inf, inf], Count: 1" in text


def test_a_summary_shows_its_quantiles():
    point = {"count": "4", "sum": 8.0, "quantileValues": [{"quantile": 0.5, "value": 2}], "flags": 1}
    text = detailed_metric({"name": "s", "summary": {"dataPoints": [point]}})
    assert text.endswith(
        "Count: 4\nSum: 8.000000\nQuantileValue #0: Quantile 0.5, Value 2\nFlags: 1 (no recorded value)"
    )


def test_a_gauge_without_value_and_a_metric_without_data_are_shown():
    assert detailed_metric({"name": "g", "gauge": {"dataPoints": [{}]}}).endswith("\nValue: ")
    assert detailed_metric({"name": "n"}).endswith("     -> DataType: Empty")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "Empty()"),
        ({"stringValue": "GET"}, "Str(GET)"),
        ({"boolValue": False}, "Bool(false)"),
        ({"intValue": "-5"}, "Int(-5)"),
        ({"doubleValue": 0.5}, "Double(0.5)"),
        ({"doubleValue": "NaN"}, "Double(NaN)"),
        ({"bytesValue": "AAH/"}, "Bytes(0001ff)"),
        ({"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "b"}, {}]}}, 'Slice([1,"b",null])'),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": True}}]}}, 'Map({"a":true})'),
    ],
)
def test_every_kind_of_value_is_shown_with_its_kind(value, text):
    assert typed(read(AnyValue(), value)) == text


def test_values_cannot_move_the_cursor_or_forge_lines():
    assert typed(AnyValue(string_value="a\x1b[2J\nSpan #1\x9b")) == r"Str(a\x1b[2J\nSpan #1\x9b)"


def test_a_time_out_of_any_calendar_is_shown_as_a_number():
    assert timestamp(2**64 - 1) == "2554-07-21 23:34:33.709551615 +0000 UTC"
    assert timestamp(10**22) == "10000000000000000000000 ns"


@pytest.mark.parametrize(
    ("signal", "line"),
    [
        (Signal.TRACES, "span-0 00000000000000000000000000000001 0000000000000001 item=span-0"),
        (Signal.METRICS, "metric-0{item=point-0} 0"),
        (Signal.LOGS, "log-0 item=log-0"),
    ],
)
def test_normal_shows_a_line_for_each_item_below_its_resource_and_scope(signal, line):
    lines = render(make(signal, 3), detailed=False).split("\n")
    assert lines[0].endswith("#0 service.name=testkit")
    assert lines[1].endswith("#0 penstock-testkit@1")
    assert lines[2] == line
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("metric", "line"),
    [
        ({"sum": {"dataPoints": [{"asDouble": 0.5}]}}, "m{} 0.500000"),
        (
            {
                "histogram": {
                    "dataPoints": [
                        {"count": "3", "sum": 6, "explicitBounds": [1], "bucketCounts": ["1", "2"]}
                    ]
                }
            },
            "m{} count=3 sum=6 le1=1 leInf=2",
        ),
        ({"exponentialHistogram": {"dataPoints": [{"count": "3", "max": 9}]}}, "m{} count=3 max=9"),
        (
            {
                "summary": {
                    "dataPoints": [
                        {"count": "4", "sum": 8, "quantileValues": [{"quantile": 0.9, "value": 3}]}
                    ]
                }
            },
            "m{} count=4 sum=8 q0.9=3",
        ),
    ],
)
def test_normal_shows_every_kind_of_point_on_one_line(metric, line):
    tree = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "m", **metric}, {"name": "none"}]}]}]}
    batch = Metrics.from_message(read(ExportMetricsServiceRequest(), tree))
    assert render(batch, detailed=False).split("\n")[2:] == [line]


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("detailed", [False, True])
def test_an_empty_batch_has_no_text(signal, detailed):
    assert render(batch_type(signal).from_wire(b""), detailed=detailed) == ""
