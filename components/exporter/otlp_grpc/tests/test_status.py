import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from penstock_api import PermanentError, RetryableError
from penstock_exporter_otlp_grpc.status import Code, error_of

RETRYABLE = {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}


def retry_after(seconds):
    detail = Any()
    detail.Pack(RetryInfo(retry_delay=Duration(seconds=seconds)))
    return Status(code=8, details=[detail]).SerializeToString()


@pytest.mark.parametrize("code", [code for code in Code if code])
def test_exactly_the_codes_of_the_specification_are_retryable(code):
    error = error_of(code, "why", b"")
    assert type(error) is (RetryableError if code.name in RETRYABLE else PermanentError)
    assert (str(error), error.code) == (f"the server answered {code.name}: why", code)


def test_an_exhausted_server_with_retry_info_is_retryable():
    error = error_of(Code.RESOURCE_EXHAUSTED, "busy", retry_after(7))
    assert isinstance(error, RetryableError)
    assert error.after == 7


def test_retry_info_delays_other_retryable_codes():
    assert error_of(Code.UNAVAILABLE, "busy", retry_after(3)).after == 3


def test_retry_info_does_not_make_a_permanent_code_retryable():
    assert isinstance(error_of(Code.INTERNAL, "bug", retry_after(3)), PermanentError)


def test_details_that_cannot_be_read_are_ignored():
    assert error_of(Code.UNAVAILABLE, "busy", b"\xff").after is None


def test_an_unknown_code_is_permanent():
    assert str(error_of(99, "odd", b"")) == "the server answered code 99: odd"
