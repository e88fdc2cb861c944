"""OTLP/JSON as the specification has it, where it differs from protobuf's JSON."""

import json

import pytest

from penstock_api import Logs, MalformedError, Metrics, Traces
from penstock_testkit import traces

TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"


def spans(*every):
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": every}]}]}).encode()


def only_span(text):
    return Traces.from_json(text).message().resource_spans[0].scope_spans[0].spans[0]


def test_ids_are_hexadecimal_of_either_case():
    for trace in (TRACE, TRACE.upper()):
        span = only_span(spans({"traceId": trace, "spanId": SPAN, "parentSpanId": SPAN}))
        assert span.trace_id.hex() == TRACE
        assert span.span_id.hex() == span.parent_span_id.hex() == SPAN


def test_ids_of_links_exemplars_and_log_records_are_hexadecimal():
    link = only_span(spans({"links": [{"traceId": TRACE, "spanId": SPAN}]})).links[0]
    assert (link.trace_id.hex(), link.span_id.hex()) == (TRACE, SPAN)

    record = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"traceId": TRACE, "spanId": SPAN}]}]}]}
    read = Logs.from_json(json.dumps(record).encode()).message().resource_logs[0].scope_logs[0].log_records[0]
    assert (read.trace_id.hex(), read.span_id.hex()) == (TRACE, SPAN)

    for kind in ("gauge", "sum", "histogram", "exponentialHistogram"):
        metric = {kind: {"dataPoints": [{"exemplars": [{"traceId": TRACE, "spanId": SPAN}]}]}}
        tree = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}
        batch = Metrics.from_json(json.dumps(tree).encode())
        assert len(batch) == 1
        assert json.loads(batch.to_json()) == tree


def test_names_as_protobuf_has_them_are_understood():
    tree = {"resource_spans": [{"scope_spans": [{"spans": [{"trace_id": TRACE, "parent_span_id": SPAN}]}]}]}
    span = only_span(json.dumps(tree).encode())
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, SPAN)


def test_a_users_attribute_named_trace_id_is_left_alone():
    attributes = [
        {"key": "traceId", "value": {"stringValue": "not hex"}},
        {
            "key": "map",
            "value": {"kvlistValue": {"values": [{"key": "spanId", "value": {"stringValue": "?"}}]}},
        },
    ]
    text = spans({"traceId": TRACE, "attributes": attributes})
    assert only_span(text).attributes[0].value.string_value == "not hex"
    assert json.loads(Traces.from_json(text).to_json()) == json.loads(text)


@pytest.mark.parametrize("absent", ["", None])
def test_an_id_may_be_empty(absent):
    assert only_span(spans({"traceId": absent, "name": "a"})).trace_id == b""


@pytest.mark.parametrize("number", [1700000000000000001, "1700000000000000001"])
def test_64_bit_numbers_are_taken_as_numbers_and_as_strings_and_written_as_strings(number):
    text = spans({"startTimeUnixNano": number})
    assert only_span(text).start_time_unix_nano == 1700000000000000001
    assert b'"startTimeUnixNano":"1700000000000000001"' in Traces.from_json(text).to_json()


def test_enums_are_numbers():
    text = spans({"kind": 2, "status": {"code": 1}})
    assert only_span(text).kind == 2
    assert json.loads(Traces.from_json(text).to_json()) == json.loads(text)


def test_unknown_fields_are_ignored():
    assert only_span(spans({"name": "a", "colour": {"deep": [1]}})).name == "a"


def test_bytes_are_base64_and_text_is_utf_8():
    value = {"key": "é", "value": {"bytesValue": "AAE="}}
    span = only_span(spans({"attributes": [value]}))
    assert span.attributes[0].value.bytes_value == b"\x00\x01"
    assert "é".encode() in Traces.from_json(spans({"attributes": [value]})).to_json()


def test_json_is_one_line():
    assert b"\n" not in traces(5).to_json()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "Expecting value"),
        (b"[]", "the top level is not an object"),
        (b"null", "the top level is not an object"),
        (b'{"resourceSpans": 5}', "resourceSpans"),
        (spans({"traceId": "xyz"}), "an id must be hexadecimal: 'xyz'"),
        (spans({"traceId": 5}), "an id must be a hexadecimal string"),
        (spans({"name": 5}), "name"),
        (b'{"\\ud800": 1}', ""),
        (b"\xff\xfe\xfd", ""),
        (b"[" * 100_000, ""),
        (b'{"resourceSpans": ' * 5_000, ""),
    ],
)
def test_what_is_not_a_request_is_refused(text, problem):
    with pytest.raises(MalformedError, match=f"not a valid OTLP/JSON request: .*{problem}"):
        Traces.from_json(text)


def test_a_message_stays_short_when_the_request_is_not():
    with pytest.raises(MalformedError) as caught:
        Traces.from_json(spans({"kind": "x" * 100_000, "name": ["y" * 100_000]}))
    assert len(str(caught.value)) < 400
