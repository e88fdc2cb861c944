"""What is too large is refused while it is read; who takes too long is cut off."""

import asyncio
import gzip
import tracemalloc

import grpc
import pytest
import zstandard

from penstock_testkit import settle, traces

MIB = 1024 * 1024
HEAD = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"


async def connect(server):
    return await asyncio.open_connection(*server.receiver.addresses["http"])


async def flood(writer, piece):
    while True:
        writer.write(piece)
        await writer.drain()


async def test_a_body_at_the_limit_is_accepted_and_one_byte_more_is_not(otlp):
    body = traces(20).to_bytes()
    async with otlp(http={"max_request_body_size": len(body)}) as server:
        assert (await server.post(body)).status_code == 200
        assert (await server.post(body + b"\x00")).status_code == 400
        assert len(server.sink.offered) == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
async def test_a_body_that_is_too_large_after_inflation_is_not_inflated_further(otlp, encoding):
    import zlib

    bomb = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstandard.compress}[encoding]
    body = bomb(bytes(64 * MIB))
    async with otlp(http={"max_request_body_size": MIB}) as server:
        await server.post(body[:100], content_encoding=encoding)  # imports
        tracemalloc.start()
        reply = await server.post(body, content_encoding=encoding)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert reply.status_code == 400
    assert b"request body is larger than 1048576 bytes" in reply.content
    assert peak < 6 * MIB


async def test_a_body_announced_as_too_large_is_refused_before_it_comes(otlp):
    async with otlp(http={"max_request_body_size": 1000}) as server:
        reader, writer = await connect(server)
        writer.write(HEAD + b"content-length: 100000000\r\n\r\n" + bytes(10))
        assert b" 400 " in await reader.readline()
        writer.close()


async def test_a_chunked_body_is_refused_once_it_is_too_large(otlp):
    async with otlp(http={"max_request_body_size": 1000}) as server:
        reader, writer = await connect(server)
        writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"1f4\r\n" + bytes(500) + b"\r\n")
        writer.write(b"1f5\r\n" + bytes(501) + b"\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()


async def test_a_connection_works_on_after_a_body_that_was_too_large(otlp):
    async with otlp(http={"max_request_body_size": MIB}) as server:
        assert (await server.post(bytes(2 * MIB))).status_code == 400
        assert (await server.post(traces(1).to_bytes())).status_code == 200


async def test_who_goes_on_sending_what_was_refused_is_cut_off(otlp):
    async with otlp(http={"max_request_body_size": 1000}) as server:
        _, writer = await connect(server)
        writer.write(HEAD + b"content-length: 100000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            await flood(writer, bytes(100_000))
        writer.close()


async def test_an_endless_head_is_cut_off(otlp):
    async with otlp() as server:
        _, writer = await connect(server)
        writer.write(HEAD)
        with pytest.raises(ConnectionError):
            await flood(writer, b"x-more: " + b"y" * 50_000 + b"\r\n")
        writer.close()


async def test_trailers_are_not_kept_and_an_endless_one_is_cut_off(otlp):
    async with otlp(http={"max_request_body_size": 1000}) as server:
        reader, writer = await connect(server)
        writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\nx-late: 1\r\n\r\n")
        assert b" 200 " in await reader.readline()
        writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n")
        with pytest.raises(ConnectionError):
            await flood(writer, b"x-more: " + b"y" * 50_000 + b"\r\n")
        writer.close()


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
async def test_a_grpc_message_that_is_too_large_is_refused(otlp, compression):
    async with otlp(grpc_={"max_recv_msg_size_mib": 1}) as server:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await server.call(bytes(MIB + 1), compression=compression)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert server.sink.offered == []


async def test_a_larger_limit_lets_larger_grpc_messages_in(otlp):
    body = traces(60_000).to_bytes()
    assert len(body) > 4 * MIB
    async with otlp(grpc_={"max_recv_msg_size_mib": 32}) as server:
        await server.call(body)
        assert server.sink.items == 60_000


@pytest.mark.parametrize(
    ("sent", "limit"),
    [
        (b"", "read_header_timeout"),
        (HEAD, "read_header_timeout"),
        (HEAD + b"content-length: 9\r\n\r\n1", "read_timeout"),
    ],
)
async def test_a_request_that_does_not_arrive_in_time_is_cut_off(otlp, sent, limit):
    async with otlp(http={"read_header_timeout": "30s", limit: "10s"}) as server:
        reader, writer = await connect(server)
        writer.write(sent)
        await writer.drain()
        clock = server.settings.clock
        while clock.waiting != 1:
            await settle()
        await clock.advance(9)
        assert not reader.at_eof()
        await clock.advance(1)
        assert await reader.read() == b""
        writer.close()
        assert server.sink.offered == []


async def test_a_request_that_arrives_in_pieces_in_time_is_taken(otlp):
    body = traces(1).to_bytes()
    async with otlp(http={"read_timeout": "10s"}) as server:
        reader, writer = await connect(server)
        for piece in (
            HEAD[:10],
            HEAD[10:],
            b"content-length: %d\r\n" % len(body),
            b"\r\n",
            body[:7],
            body[7:],
        ):
            await settle()
            writer.write(piece)
            await writer.drain()
        assert b" 200 " in await reader.readline()
        assert server.settings.clock.waiting == 0
        writer.close()


async def test_connections_are_closed_after_each_reply_without_keep_alive(otlp):
    async with otlp(http={"keep_alives_enabled": False}) as server:
        reader, writer = await connect(server)
        writer.write(HEAD + b"content-length: 0\r\n\r\n")
        assert b"connection: close" in await reader.read()
        writer.close()
