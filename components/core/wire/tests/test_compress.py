"""Content codings, applied in pieces and undone within limits."""

import gzip
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from penstock_wire.compress import CodingError, InflatedTooLargeError, compressor, inflater

UNDO = {"gzip": gzip.decompress, "zlib": zlib.decompress, "deflate": zlib.decompress}
NAMES = ("gzip", "zlib", "deflate", "zstd")


@pytest.mark.parametrize(
    ("name", "level"), [*((name, 0) for name in NAMES), ("gzip", 9), ("zlib", 1), ("zstd", 6)]
)
@given(pieces=st.lists(st.binary(max_size=2000), max_size=8))
def test_pieces_are_coded_as_one_and_come_back(name, level, pieces):
    coded = b"".join(compressor(name, level)(tuple(pieces)))
    whole = b"".join(pieces)
    assert inflater(name)(coded, len(whole)) == whole
    assert UNDO.get(name, zstandard.decompress)(coded) == whole


@pytest.mark.parametrize("name", NAMES)
def test_a_compressor_can_be_used_again(name):
    compress = compressor(name)
    assert compress((b"a", b"b")) == compress((b"a", b"b"))
    assert inflater(name)(b"".join(compress(iter((b"a", b"b")))), 2) == b"ab"


@pytest.mark.parametrize("name", NAMES)
def test_a_bomb_is_not_inflated_further_than_the_limit(name):
    import tracemalloc

    bomb = b"".join(compressor(name)((bytes(32 << 20),)))
    with pytest.raises(InflatedTooLargeError):
        inflater(name)(bomb, 1000)
    tracemalloc.start()
    with pytest.raises(InflatedTooLargeError):
        inflater(name)(bomb, 1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 << 20


@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(min_size=1, max_size=200))
def test_what_is_no_such_coding_is_refused(name, data):
    try:
        inflater(name)(data, 1000)
    except (CodingError, InflatedTooLargeError):
        return


@pytest.mark.parametrize("name", NAMES)
def test_what_is_cut_off_is_refused(name):
    coded = b"".join(compressor(name)((bytes(range(256)) * 40,)))
    with pytest.raises(CodingError, match="the body is not what its content encoding says: it is cut off"):
        inflater(name)(coded[:-1], 100_000)


@pytest.mark.parametrize("make", [compressor, inflater])
def test_others_are_not_known(make):
    with pytest.raises(KeyError):
        make("br")
