import contextlib
import json

import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import DebugInfo, RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from penstock_api import PermanentError
from penstock_api.exporting.answers import (
    Partial,
    RpcStatus,
    note_partial,
    partial_from_json,
    partial_from_wire,
    status_from_json,
    status_from_wire,
)
from penstock_testkit import make_settings

RETRY = "type.googleapis.com/google.rpc.RetryInfo"


@pytest.mark.parametrize(
    ("response", "key"),
    [
        (ExportTraceServiceResponse, "rejected_spans"),
        (ExportMetricsServiceResponse, "rejected_data_points"),
        (ExportLogsServiceResponse, "rejected_log_records"),
    ],
)
def test_partial_success_of_every_signal_is_read(response, key):
    answer = response(partial_success={key: 3, "error_message": "no"})
    assert partial_from_wire(answer.SerializeToString()) == Partial(3, "no")
    assert partial_from_wire(response().SerializeToString()) is None


@pytest.mark.parametrize("key", ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"])
@pytest.mark.parametrize("number", [3, "3"])
def test_partial_success_in_json_is_read(key, number):
    answer = {"partialSuccess": {key: number, "errorMessage": "no"}}
    assert partial_from_json(json.dumps(answer).encode()) == Partial(3, "no")


@pytest.mark.parametrize("text", [b"{}", b'{"partialSuccess": {}}', b'{"partialSuccess": null}'])
def test_full_success_in_json_is_none(text):
    assert partial_from_json(text) is None


def test_status_is_read_with_its_retry_info():
    retry, debug = Any(), Any()
    retry.Pack(RetryInfo(retry_delay=Duration(seconds=2, nanos=500_000_000)))
    debug.Pack(DebugInfo(detail="x"))
    status = Status(code=8, message="slow", details=[debug, retry])
    assert status_from_wire(status.SerializeToString()) == RpcStatus(
        8, "slow", 2.5, ("type.googleapis.com/google.rpc.DebugInfo", RETRY)
    )


def test_status_without_retry_info_has_no_delay():
    assert status_from_wire(Status(code=8, message="slow").SerializeToString()) == RpcStatus(8, "slow")


def test_status_in_json_is_read():
    answer = {"code": 8, "message": "slow", "details": [{"@type": RETRY, "retryDelay": "1.5s"}]}
    assert status_from_json(json.dumps(answer).encode()) == RpcStatus(8, "slow", 1.5, (RETRY,))
    assert status_from_json(b"{}") == RpcStatus(0, "")


def test_a_number_that_is_too_large_is_a_value_error():
    with pytest.raises(ValueError, match="not an export response"):
        partial_from_json(b'{"partialSuccess": {"rejectedSpans": 1e999}}')


def test_json_that_is_no_status_is_a_value_error():
    with pytest.raises(ValueError, match="not a status"):
        status_from_json(b"[]")


def test_text_that_is_not_utf8_is_still_shown():
    assert status_from_wire(b"\x08\x03\x12\x02a\xff").message == "a�"


JSON = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["partialSuccess", "details", "rejectedSpans", "code"]), inner)
    ),
)


@pytest.mark.parametrize("read", [partial_from_wire, partial_from_json, status_from_wire, status_from_json])
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary() | JSON.map(lambda tree: json.dumps(tree).encode()))
def test_garbage_is_read_or_a_value_error(read, data):
    with contextlib.suppress(ValueError):
        read(data)


def test_a_partial_success_is_logged(caplog):
    log = make_settings("exporter").log
    note_partial(log, lambda _: None, b"")
    note_partial(log, lambda _: Partial(2, "too old"), b"")
    (record,) = [one for one in caplog.records if one.name.startswith("penstock")]
    assert (record.message, record.error, record.dropped_items) == ("Partial success response", "too old", 2)


def test_an_answer_that_cannot_be_read_is_permanent():
    with pytest.raises(PermanentError, match="the server's response cannot be read: not a valid answer"):
        note_partial(make_settings("exporter").log, partial_from_wire, b"\xff")
