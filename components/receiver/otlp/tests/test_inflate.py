"""Content encodings, byte by byte."""

import gzip
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from penstock_api import MalformedError
from penstock_receiver_otlp.inflate import inflaters
from penstock_receiver_otlp.transport import TooLargeError

DATA = bytes(range(256)) * 2000
LIMIT = len(DATA)
INFLATE = inflaters(("", "gzip", "zlib", "deflate", "zstd"))


def streamed(data, **options):
    """zstd whose header does not tell the size, in several blocks."""
    engine = zstandard.ZstdCompressor(write_content_size=False, **options).compressobj()
    return (
        b"".join(engine.compress(data[at : at + 70_000]) for at in range(0, len(data), 70_000))
        + engine.flush()
    )


SKIPPED = (0x184D2A53).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"12345"
BODIES = [
    (b"gzip", gzip.compress(DATA)),
    (b"gzip", gzip.compress(DATA, 0)),
    (b"gzip", gzip.compress(DATA[:9]) + gzip.compress(DATA[9:])),
    (b"zlib", zlib.compress(DATA)),
    (b"deflate", zlib.compress(DATA, 1)),
    (b"zstd", zstandard.compress(DATA)),
    (b"zstd", zstandard.compress(DATA[:9]) + zstandard.compress(DATA[9:])),
    (b"zstd", SKIPPED + zstandard.compress(DATA)),
    (b"zstd", streamed(DATA)),
    (b"zstd", streamed(DATA, write_checksum=True)),
]


@pytest.mark.parametrize(("encoding", "body"), BODIES)
def test_what_was_encoded_comes_back(encoding, body):
    assert INFLATE[encoding](body, LIMIT) == DATA


@pytest.mark.parametrize(("encoding", "body"), BODIES)
def test_one_byte_more_than_the_limit_is_too_large(encoding, body):
    with pytest.raises(TooLargeError):
        INFLATE[encoding](body, LIMIT - 1)


@pytest.mark.parametrize(("encoding", "body"), BODIES)
@given(st.data())
def test_a_body_that_is_cut_off_is_never_taken_for_a_whole_one(encoding, body, data):
    end = data.draw(st.integers(1, len(body) - 1))
    try:
        got = INFLATE[encoding](body[:end], LIMIT)
    except MalformedError:
        return
    # Only what ends with a whole member or frame can pass; it holds what that one held.
    assert encoding in (b"gzip", b"zstd")
    assert got in (b"", DATA[:9])


@pytest.mark.parametrize(
    ("encoding", "body", "problem"),
    [
        (b"gzip", gzip.compress(DATA)[:-1], "it is cut off"),
        (b"gzip", gzip.compress(DATA)[:-8] + bytes(8), "checksum"),
        (b"gzip", gzip.compress(DATA) + b"junk", "the body is not what its content encoding says"),
        (b"zlib", zlib.compress(DATA)[:-4] + bytes(4), "checksum"),
        (b"zstd", zstandard.compress(DATA)[:-1], "it is cut off"),
        (b"zstd", streamed(DATA, write_checksum=True)[:-1], "it is cut off"),
        (b"zstd", streamed(DATA, write_checksum=True)[:-1] + b"?", "checksum"),
        (b"zstd", zstandard.compress(DATA) + b"junk", "the body is not what its content encoding says"),
    ],
)
def test_a_damaged_body_is_refused(encoding, body, problem):
    with pytest.raises(MalformedError, match=problem):
        INFLATE[encoding](body, LIMIT)


def test_a_window_that_needs_much_memory_is_refused():
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27, write_content_size=0)
    body = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(MalformedError, match="content encoding"):
        INFLATE[b"zstd"](body.compress(DATA) + body.flush(), LIMIT)


def test_only_the_encodings_that_are_named_are_accepted():
    assert set(inflaters(("", "gzip"))) == {b"", b"identity", b"gzip"}
    assert set(inflaters(("zstd",))) == {b"zstd"}
