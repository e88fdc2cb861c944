from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from benchmarks.answers import refusal
from benchmarks.load import Outcome


def test_an_empty_answer_accepts_everything():
    assert refusal(b"") == ""


def test_a_partial_success_without_rejected_spans_is_a_success():
    answer = ExportTraceServiceResponse()
    answer.partial_success.error_message = "a warning"

    assert refusal(answer.SerializeToString()) == ""


def test_rejected_spans_are_a_refusal():
    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = 3
    answer.partial_success.error_message = "too old"

    assert refusal(answer.SerializeToString()) == "3 spans rejected: too old"


def test_an_answer_of_another_kind_is_a_refusal():
    assert refusal(b"<html>").startswith("not an OTLP response: ")


def test_an_outcome_keeps_the_first_error():
    outcome = Outcome()

    for error in ("", "first", "second", ""):
        outcome.note(error)

    assert (outcome.accepted, outcome.refused, outcome.error) == (2, 2, "first")
