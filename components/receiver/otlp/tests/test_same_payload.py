"""One payload, every way in: what reaches the pipeline is the same."""

import gzip
import zlib

import grpc
import pytest
import zstandard

from penstock_api import Signal
from penstock_testkit import make as make_batch

ENCODINGS = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("media", ["application/x-protobuf", "application/json; charset=utf-8"])
async def test_http_delivers_the_payload(otlp, signal, encoding, media):
    batch = make_batch(signal, 25)
    body = ENCODINGS[encoding](batch.to_json() if "json" in media else batch.to_bytes())
    async with otlp() as server:
        reply = await server.post(body, media, f"/v1/{signal}", content_encoding=encoding)
        assert reply.status_code == 200
        (got,) = server.sinks[signal].batches
    assert got.message() == batch.message()
    assert len(got) == 25


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize("compression", grpc.Compression)
async def test_grpc_delivers_the_payload(otlp, signal, compression):
    batch = make_batch(signal, 25)
    async with otlp() as server:
        assert await server.call(batch.to_bytes(), signal, compression=compression) == b""
        (got,) = server.sinks[signal].batches
    assert got.message() == batch.message()
    assert len(got) == 25


async def test_gzip_of_several_members_and_raw_deflate_are_understood(otlp):
    body = make_batch(Signal.TRACES, 10).to_bytes()
    raw = zlib.compressobj(wbits=-15)
    async with otlp() as server:
        members = gzip.compress(body[:100]) + gzip.compress(body[100:])
        assert (await server.post(members, content_encoding="gzip")).status_code == 200
        deflated = raw.compress(body) + raw.flush()
        assert (await server.post(deflated, content_encoding="deflate")).status_code == 200
        assert [batch.to_bytes() for batch in server.sink.batches] == [body, body]


async def test_a_chunked_body_is_put_together(otlp):
    body = make_batch(Signal.TRACES, 500).to_bytes()

    async def pieces():
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    async with otlp() as server:
        assert (await server.post(pieces())).status_code == 200
        assert server.sink.batches[0].to_bytes() == body
