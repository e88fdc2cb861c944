import pytest
from google.rpc.status_pb2 import Status

from penstock_api import PermanentError, RetryableError
from penstock_exporter_otlp_http.outcome import error_of
from penstock_exporter_otlp_http.transport import Response

URL = "http://user:canary@host:4318/v1/traces"
RETRYABLE = {429, 502, 503, 504}
NOW_NS = 784_111_777 * 10**9  # Sun, 06 Nov 1994 08:49:37 GMT


def error(status, body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of(URL, Response(status, named, body), NOW_NS)


@pytest.mark.parametrize("status", [*range(300, 309), *range(400, 432), *range(500, 512), 999])
def test_exactly_the_statuses_of_the_specification_are_retryable(status):
    assert type(error(status)) is (RetryableError if status in RETRYABLE else PermanentError)


def test_the_text_names_url_and_status_but_no_password():
    text = "error exporting items, request to http://host:4318/v1/traces responded with HTTP Status Code 500"
    assert str(error(500)) == text


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (Status(code=3, message="bad").SerializeToString(), "application/x-protobuf"),
        (b'{"code": 3, "message": "bad"}', "application/json; charset=utf-8"),
    ],
)
def test_the_text_quotes_the_status_in_the_body(body, media):
    assert str(error(400, body, content_type=media)).endswith("HTTP Status Code 400, Message=bad, Details=[]")


@pytest.mark.parametrize("media", ["application/x-protobuf", "application/json", "text/html", ""])
def test_a_body_that_cannot_be_read_is_ignored(media):
    assert str(error(400, b"<html>\xff", content_type=media)).endswith("HTTP Status Code 400")


@pytest.mark.parametrize(
    ("status", "code"), [(400, 3), (401, 16), (403, 7), (404, 12), (429, 8), (503, 14), (500, 2)]
)
def test_the_grpc_code_is_passed_on(status, code):
    assert error(status).code == code


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("0", 0),
        ("120", 120),
        ("Sun, 06 Nov 1994 08:50:07 GMT", 30),
        ("Sun, 06 Nov 1994 08:49:07 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("9" * 5000, None),
        ("Sun, 06 Nov 99999 08:49:07 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(status, text, after):
    assert error(status, retry_after=text).after == after


def test_retry_after_of_other_statuses_is_ignored():
    assert error(502, retry_after="120").after is None
