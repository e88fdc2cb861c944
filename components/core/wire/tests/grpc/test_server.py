"""Unary calls, one by one: framing, codings, deadlines, statuses."""

import contextlib
import gzip
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from penstock_wire.compress import CodingError, InflatedTooLargeError
from penstock_wire.exchange import Head, Request, Response, find
from penstock_wire.grpc.framing import FramingError, MessageTooLargeError, prefix, unframe
from penstock_wire.grpc.health import Health
from penstock_wire.grpc.metadata import decode_metadata, encode_metadata
from penstock_wire.grpc.server import GrpcHandler, failure, success
from penstock_wire.grpc.status import decode_message, decode_timeout, encode_message, encode_timeout

CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
}


def status(response):
    pairs = response.trailers or response.headers
    return int(find(pairs, b"grpc-status")), decode_message(find(pairs, b"grpc-message"))


def test_a_message_is_handed_over_and_its_reply_framed(call, framed):
    reply = call(framed(b"hello"))
    assert reply.body() == framed(b"hello")
    assert status(reply) == (0, "")


@pytest.mark.parametrize("sizes", [(1,), (3, 4), (5, 100), (6, 1, 1), (2, 2, 2, 2)])
def test_a_message_in_pieces_is_put_together(framed, sizes):
    body, parts, at = framed(b"0123456789"), [], 0
    for size in (*sizes, 100):
        parts.append(memoryview(body)[at : at + size])
        at += size
    parts = [part for part in parts if len(part)]
    assert unframe(parts, len(body), 100, None) == b"0123456789"


@pytest.mark.parametrize("coding", CODINGS)
def test_a_compressed_message_is_inflated(call, framed, coding):
    body = framed(CODINGS[coding](b"hello"), compressed=True)
    assert call(body, (b"grpc-encoding", coding.encode())).body() == framed(b"hello")


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_refused(call, framed, coding):
    body = framed(CODINGS[coding](bytes(10_000_000)), compressed=True)
    reply = call(body, (b"grpc-encoding", coding.encode()))
    assert status(reply) == (8, "the message is larger than 100000 bytes")


@pytest.mark.parametrize(
    ("body", "headers", "code", "text"),
    [
        (b"", (), 13, "there is no message"),
        (b"\0\0", (), 13, "the message is cut off"),
        (b"\0\0\0\0\5abcd", (), 13, "the message is cut off"),
        (b"\0\0\0\0\1ab", (), 13, "there is more than one message"),
        (b"\1\0\0\0\1a", (), 13, "the message is compressed, and the call does not say how"),
        (b"\2\0\0\0\1a", (), 13, "the message is compressed, and the call does not say how"),
        (b"\1\0\0\0\1a", ((b"grpc-encoding", b"identity"),), 13, "the message is compressed, and the call"),
        (b"\1\0\0\0\1a", ((b"grpc-encoding", b"gzip"),), 13, "the body is not what its content encoding says"),
        (b"\0\0\1\x86\xa1", (), 8, "the message is larger than 100000 bytes: 100001"),
        (b"\0\0\0\0\0", ((b"grpc-encoding", b"snappy"),), 12, "is compressed in a way that is not known: snappy"),
        (b"\0\0\0\0\0", ((b"grpc-timeout", b"soon"),), 13, "malformed grpc-timeout: soon"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_the_status(call, body, headers, code, text):
    told, message = status(call(body, *headers))
    assert told == code
    assert text in message


def test_an_unknown_method_is_unimplemented(call, framed):
    assert status(call(framed(b""), path=b"/other")) == (12, "unknown method /other")


def test_what_is_no_call_is_told_in_http(call):
    assert call(b"", method=b"GET").status == 405
    assert call(b"", media=(b"content-type", b"text/plain")).status == 415
    assert call(b"", media=(b"content-type", b"application/grpc-web")).status == 415
    assert call(b"\0\0\0\0\0", media=(b"content-type", b"application/grpc+proto")).status == 200


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_large_reply_is_compressed_for_those_who_want_it(call, framed, coding):
    big = bytes(5000)
    reply = call(framed(big), (b"grpc-accept-encoding", b"identity, " + coding.encode()))
    assert find(reply.headers, b"grpc-encoding") == coding.encode()
    body = reply.body()
    from penstock_wire.compress import inflater

    assert unframe([body], len(body), 100_000, inflater(coding)) == big
    assert call(framed(big)).body() == framed(big)
    assert call(framed(b"x"), (b"grpc-accept-encoding", b"gzip")).body() == framed(b"x")


def test_every_refusal_has_a_status():
    handler = GrpcHandler({}, 10)
    head = Head(b"POST", b"/x", ((b"content-type", b"application/grpc"),))
    codes = {number: status(handler.refuse(head, number)) for number in (413, 500, 503, 504, 499)}
    assert codes == {
        413: (8, "the message is larger than allowed"),
        500: (2, "the method failed"),
        503: (14, "too much is in flight"),
        504: (4, "the deadline has passed"),
        499: (13, "the request is refused: 499"),
    }
    assert handler.refuse(Head(b"GET", b"/"), 413).status == 413


def test_the_deadline_is_what_the_client_says(framed):
    handler = GrpcHandler({"/x": lambda _message, _request: success()}, 10)
    head = Head(b"POST", b"/x", ((b"content-type", b"application/grpc"), (b"grpc-timeout", b"250m")))
    assert handler.timeout(head) is None
    handler(Request(head, [framed(b"")], 5))
    assert handler.timeout(head) == 0.25


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(b"1H", 3600), (b"2M", 120), (b"3S", 3), (b"4m", 0.004), (b"5u", 5e-6), (b"6n", 6e-9), (b"99999999S", 99999999)],
)  # fmt: skip
def test_timeouts_are_read(value, seconds):
    assert decode_timeout(value) == pytest.approx(seconds)


@pytest.mark.parametrize("value", [b"", b"1", b"S", b"123456789S", b"-1S", b"1.5S", b"1s"])
def test_malformed_timeouts_are_noticed(value):
    assert decode_timeout(value) is None


@given(st.floats(0, 1e12))
def test_a_timeout_survives_the_wire(seconds):
    value = encode_timeout(seconds)
    assert len(value) <= 9
    assert decode_timeout(value) <= seconds
    assert decode_timeout(value) == pytest.approx(min(seconds, 99_999_999 * 3600.0), rel=1e-5, abs=1e-9)


def test_a_timeout_is_never_negative():
    assert encode_timeout(-1) == b"0n"


@given(st.text())
def test_a_message_survives_the_wire(text):
    value = encode_message(text)
    assert all(0x20 <= byte < 0x7F for byte in value)
    assert decode_message(value) == text.encode("utf-8", "replace").decode()


def test_bytes_in_metadata_travel_in_base64():
    pairs = ((b"x-bin", b"\0\1\2\3"), (b"y", b"z"))
    assert encode_metadata(pairs) == ((b"x-bin", b"AAECAw"), (b"y", b"z"))
    assert decode_metadata(encode_metadata(pairs)) == pairs
    assert decode_metadata(((b"x-bin", b"AAECAw=="), (b"te", b"trailers"))) == ((b"x-bin", b"\0\1\2\3"),)
    assert decode_metadata(((b"x-bin", b"***"),)) == ((b"x-bin", b"***"),)


def test_details_are_passed_through():
    reply = failure(14, "later", ((b"grpc-status-details-bin", b"\x08\x0e"),))
    assert find(reply.headers, b"grpc-status-details-bin") == b"CA4"
    assert isinstance(reply, Response)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"", (0, b"\x08\x01")),
        (b"\x0a\x01a", (0, b"\x08\x02")),
        (b"\x0a\x01b", (5, b"")),
        (b"\x0a\x05b", (13, b"")),
        (b"\x0a", (13, b"")),
        (b"\xff\xff", (13, b"")),
    ],
)
def test_health_is_told(message, expected):
    health = Health()
    health.set("a", serving=False)
    handler = GrpcHandler(health.methods, 100)
    head = Head(b"POST", b"/grpc.health.v1.Health/Check", ((b"content-type", b"application/grpc"),))
    reply = handler(Request(head, [prefix(len(message)) + message], len(message) + 5))
    assert (status(reply)[0], reply.body()[5:]) == expected


def test_what_leaves_is_not_healthy():
    health = Health()
    health.set("a", serving=True)
    health.leave()
    check = health.methods["/grpc.health.v1.Health/Check"]
    for message in (b"", b"\x0a\x01a"):
        assert check(message, None).body()[5:] == b"\x08\x02"


def test_health_cannot_be_watched():
    handler = GrpcHandler(Health().methods, 100)
    head = Head(b"POST", b"/grpc.health.v1.Health/Watch", ((b"content-type", b"application/grpc"),))
    assert status(handler(Request(head, [prefix(0)], 5))) == (12, "health cannot be watched")


@given(st.lists(st.binary(max_size=20), max_size=6), st.booleans())
def test_any_body_is_a_message_or_an_error(parts, whole):
    from penstock_wire.compress import inflater

    parts = [part for part in parts if part]
    size = sum(map(len, parts))
    if whole and size >= 5:
        parts = [prefix(size - 5), b"".join(parts)[5:]]
        parts = [part for part in parts if part]
    with contextlib.suppress(FramingError, MessageTooLargeError, CodingError, InflatedTooLargeError):
        unframe(parts, size, 1000, inflater("gzip"))
