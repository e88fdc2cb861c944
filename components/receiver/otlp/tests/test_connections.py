"""How connections are used: settings of gRPC, pipelining and expectations of HTTP."""

import asyncio

from penstock_api import decode
from penstock_receiver_otlp.config import OtlpGrpcConfig
from penstock_receiver_otlp.limits import grpc_limits
from penstock_testkit import settle, traces
from penstock_wire.limits import ServerLimits

HEAD = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"


def limits(**config):
    return grpc_limits(decode(OtlpGrpcConfig, {"endpoint": "localhost:0"} | config))


def test_the_wire_keeps_its_defaults_where_nothing_is_said():
    assert limits() == ServerLimits(max_body=4 * 1024 * 1024 + 5, read_timeout=300)
    assert limits(keepalive={"server_parameters": {}, "enforcement_policy": {}}) == limits()


def test_limits_and_keepalive_reach_the_wire():
    keepalive = {
        "server_parameters": {
            "max_connection_idle": "1m",
            "max_connection_age": "2m",
            "max_connection_age_grace": "10s",
            "time": "30s",
            "timeout": "500ms",
        },
        "enforcement_policy": {"min_time": "10s", "permit_without_stream": True},
    }
    assert limits(max_recv_msg_size_mib=16, max_concurrent_streams=7, keepalive=keepalive) == ServerLimits(
        max_body=16 * 1024 * 1024 + 5,
        max_concurrent_streams=7,
        read_timeout=300,
        idle_timeout=60,
        max_age=120,
        max_age_grace=10,
        keepalive_time=30,
        keepalive_timeout=0.5,
        min_ping_interval=10,
        permit_idle_pings=True,
    )


async def test_calls_beyond_the_limit_of_streams_wait_for_their_turn(otlp):
    async with otlp(grpc_={"max_concurrent_streams": 1}) as server:
        await server.call(b"")  # the client learns of the limit
        server.sink.hold()
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(server.call(traces(1).to_bytes()))
            await server.sink.tried(1)
            await server.post(b"")
            await settle()
            assert len(server.sink.offered) == 1
            server.sink.release()
        assert len(server.sink.offered) == 3


async def test_pipelined_requests_are_answered_in_order(otlp):
    async with otlp() as server:
        reader, writer = await asyncio.open_connection(*server.receiver.addresses["http"])
        body = traces(2).to_bytes()
        good = HEAD + b"content-length: %d\r\n\r\n" % len(body) + body
        bad = HEAD + b"content-length: 1\r\n\r\n\xff"
        writer.write(good + bad + good)
        statuses = [(await _reply(reader))[0] for _ in range(3)]
        writer.close()
        assert statuses == [200, 400, 200]
        assert server.sink.items == 4


async def test_a_client_that_asks_first_is_told_to_go_on(otlp):
    async with otlp() as server:
        reader, writer = await asyncio.open_connection(*server.receiver.addresses["http"])
        body = traces(2).to_bytes()
        writer.write(HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert (await _reply(reader))[0] == 200
        writer.close()


async def test_a_client_that_asks_first_is_told_at_once_that_its_body_is_too_large(otlp):
    async with otlp(http={"max_request_body_size": 10}) as server:
        reader, writer = await asyncio.open_connection(*server.receiver.addresses["http"])
        writer.write(HEAD + b"expect: 100-continue\r\ncontent-length: 11\r\n\r\n")
        assert (await _reply(reader))[0] == 400
        writer.close()


async def _reply(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)
