"""Every key that limits a server takes effect, seen from the other end of a socket."""

import asyncio
import contextlib
import socket

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest

from penstock_api import ConfigError, Signal, StartError, decode
from penstock_receiver_otlp import OtlpReceiverConfig
from penstock_receiver_otlp.config import OtlpGrpcConfig
from penstock_receiver_otlp.limits import grpc_limits
from penstock_testkit import RecordingConsumer, make_settings, running, settle, start, traces

HEAD = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"
CALL = (
    (":method", "POST"),
    (":scheme", "http"),
    (":authority", "x"),
    (":path", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
)
PING, GOAWAY = 6, 7


class Peer:
    """A client of HTTP/2 that does as it is told, made of the h2 library."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.events = []

    def send(self):
        self.writer.write(self.h2.data_to_send())

    async def until(self, kind):
        """The first event of `kind`; None when the server closes before."""
        while True:
            for place, event in enumerate(self.events):
                if isinstance(event, kind):
                    return self.events.pop(place)
            data = await self.reader.read(65536)
            if not data:
                return None
            self.events += self.h2.receive_data(data)
            self.send()

    async def settings(self):
        return (await self.until(h2.events.RemoteSettingsChanged)).changed_settings

    async def frames(self):
        """Types of the frames that come; h2 itself takes none after GOAWAY."""
        data, types = await self.reader.read(65536), []
        while data:
            types.append(data[3])
            data = data[9 + int.from_bytes(data[:3]) :]
        return types

    def begin(self, *, ended=False):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, CALL, end_stream=ended)
        self.send()
        return stream


@contextlib.asynccontextmanager
async def connected(server, protocol="grpc"):
    reader, writer = await asyncio.open_connection(*server.receiver.addresses[protocol])
    try:
        yield reader, writer
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def peering(server, protocol="grpc"):
    async with connected(server, protocol) as (reader, writer):
        peer = Peer(reader, writer)
        peer.h2.initiate_connection()
        peer.send()
        yield peer


async def advance(server, seconds):
    """Move the clock in steps in which a connection looks after itself."""
    for _ in range(10):
        await settle()
        await server.settings.clock.advance(seconds / 10)
    await settle()


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_windows_streams_and_header_bytes_are_told_to_clients(otlp, protocol):
    config = {
        "initial_window_size": 70_000,
        "initial_conn_window_size": 90_000,
        "max_header_bytes": 9000,
        "max_concurrent_streams": 7,
    }
    async with otlp(grpc_=config, http=config) as server, peering(server, protocol) as peer:
        told = await peer.settings()
        assert told[h2.settings.SettingCodes.INITIAL_WINDOW_SIZE].new_value == 70_000
        assert told[h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS].new_value == 7
        assert told[h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE].new_value == 9000
        await peer.until(h2.events.WindowUpdated)
        assert peer.h2.outbound_flow_control_window == 90_000


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_connections_beyond_the_limit_are_closed(otlp, protocol):
    config = {"max_connections": 1}
    async with otlp(grpc_=config, http=config) as server, peering(server, protocol) as first:
        await first.settings()
        async with connected(server, protocol) as (reader, _):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        first.begin(ended=True)
        assert await first.until(h2.events.ResponseReceived)


async def test_a_head_beyond_the_limit_is_refused(otlp):
    config = {"max_header_bytes": 2000}
    async with otlp(grpc_=config, http=config) as server:
        async with connected(server, "http") as (reader, writer):
            writer.write(HEAD + b"x-long: " + b"y" * 3000 + b"\r\n\r\n")
            assert b" 431 " in await reader.readline()
        async with peering(server) as peer:
            await peer.settings()
            peer.h2.send_headers(1, (*CALL, ("x-long", "y" * 3000)))
            peer.send()
            assert await peer.until(h2.events.ConnectionTerminated)


async def test_requests_that_never_end_cannot_fill_memory(otlp):
    config = {"max_in_flight_bytes": 1 << 20}
    http = config | {"max_request_body_size": 1 << 20}
    async with (
        otlp(grpc_=config | {"max_recv_msg_size_mib": 1}, http=http) as server,
        connected(server, "http") as (_, writer),
    ):
        writer.write(HEAD + b"content-length: 1000000\r\n\r\n" + bytes(999_999))
        await writer.drain()
        async with connected(server, "http") as (second, other):
            other.write(HEAD + b"content-length: 100000\r\n\r\n" + bytes(99_999))
            assert b" 503 " in await second.readline()


@pytest.mark.parametrize("limit", ["read_header_timeout", "read_timeout"])
async def test_grpc_requests_must_arrive_in_time(otlp, limit):
    timeouts = {"read_header_timeout": "50s", "read_timeout": "50s", limit: "10s"}
    async with otlp(grpc_=timeouts) as server, peering(server) as peer:
        await peer.settings()
        if limit == "read_timeout":
            peer.begin()
            ended = h2.events.StreamReset
        else:
            peer.writer.write(b"\x00\x00\x05\x01")  # a frame that goes no further
            ended = h2.events.ConnectionTerminated
        await advance(server, 9)
        assert not any(isinstance(event, ended) for event in peer.events)
        await advance(server, 6)
        assert await peer.until(ended)


async def test_a_client_that_takes_no_reply_is_given_up(otlp):
    async with otlp(grpc_={"write_timeout": "10s"}) as server, peering(server) as peer:
        await peer.settings()
        peer.h2.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
        stream = peer.begin()
        peer.h2.send_data(stream, b"\0\0\0\0\0", end_stream=True)
        peer.send()
        await peer.until(h2.events.ResponseReceived)
        await advance(server, 15)
        assert await peer.until(h2.events.StreamReset)


async def test_a_silent_client_is_pinged_and_then_closed(otlp):
    keepalive = {"server_parameters": {"time": "20s", "timeout": "4s"}}
    async with otlp(grpc_={"keepalive": keepalive}) as server, connected(server) as (reader, writer):
        peer = Peer(reader, writer)
        peer.h2.initiate_connection()
        peer.send()
        await peer.settings()
        await advance(server, 25)
        assert await peer.until(h2.events.PingReceived)
        await advance(server, 25)  # the answer to that ping was in time
        writer.write = lambda data: None
        await advance(server, 30)
        with contextlib.suppress(ConnectionError):
            assert await peer.until(h2.events.ConnectionTerminated) is None


async def test_who_pings_too_often_is_disconnected_unless_allowed(otlp):
    for policy, ends in (
        ({"min_time": "30s"}, True),
        ({"min_time": "1ms", "permit_without_stream": True}, False),
    ):
        async with (
            otlp(grpc_={"keepalive": {"enforcement_policy": policy}}) as server,
            peering(server) as peer,
        ):
            await peer.settings()
            for _ in range(4):
                peer.h2.ping(b"12345678")
                peer.send()
                await settle()
                await server.settings.clock.advance(0.01)
            answer = await peer.until((h2.events.ConnectionTerminated, h2.events.PingAckReceived))
            while ends and isinstance(answer, h2.events.PingAckReceived):
                answer = await peer.until((h2.events.ConnectionTerminated, h2.events.PingAckReceived))
            assert isinstance(answer, h2.events.ConnectionTerminated) is ends


@pytest.mark.parametrize("limit", ["max_connection_age", "max_connection_idle"])
async def test_old_and_idle_connections_are_asked_to_go(otlp, limit):
    keepalive = {"server_parameters": {limit: "20s"}}
    async with otlp(grpc_={"keepalive": keepalive}) as server, peering(server) as peer:
        await peer.settings()
        await peer.until(h2.events.SettingsAcknowledged)
        await advance(server, 15)
        peer.h2.ping(b"12345678")
        peer.send()
        assert await peer.frames() == [PING]
        await advance(server, 30)
        assert GOAWAY in await peer.frames()


async def test_old_connections_of_http_end_with_a_reply(otlp):
    config = {"max_connection_age": "20s", "max_connection_age_grace": "40s"}
    async with otlp(http=config) as server, connected(server, "http") as (reader, writer):
        writer.write(HEAD + b"content-length: 1\r\n\r\n")
        await writer.drain()
        await advance(server, 30)
        assert reader.at_eof() is False
        writer.write(b"\xff")
        assert b"connection: close" in await reader.read()


async def test_a_call_on_an_old_connection_has_the_grace(otlp):
    keepalive = {"server_parameters": {"max_connection_age": "20s", "max_connection_age_grace": "40s"}}
    async with otlp(grpc_={"keepalive": keepalive}) as server, peering(server) as peer:
        await peer.settings()
        await peer.until(h2.events.SettingsAcknowledged)
        peer.begin()
        await advance(server, 30)
        assert GOAWAY in await peer.frames()
        await advance(server, 20)
        assert peer.reader.at_eof() is False
        await advance(server, 40)
        with contextlib.suppress(ConnectionError):
            await peer.reader.read()  # until the server closes
        assert peer.reader.at_eof() or peer.reader.exception()


@pytest.mark.parametrize("protocol", ["grpc", "http"])
async def test_processes_can_share_a_port(make, protocol):
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind(("127.0.0.1", 0))
        section = {"endpoint": f"127.0.0.1:{kept.getsockname()[1]}"}

        def receiver(**more):
            sinks = {Signal.TRACES: RecordingConsumer()}
            return make(make_settings("receiver", "otlp"), {protocol: section | more}, sinks)

        async with running(receiver(reuse_port=True)), running(receiver(reuse_port=True)):
            with pytest.raises(StartError, match="Address already in use"):
                await start(receiver())


@pytest.mark.parametrize(
    ("protocol", "config", "largest"),
    [
        ("grpc", {"max_recv_msg_size_mib": 2, "max_in_flight_bytes": 1000}, 2 << 20),
        ("http", {"max_request_body_size": 2000, "max_in_flight_bytes": 1000}, 2000),
    ],
)
def test_the_largest_request_must_fit_in(protocol, config, largest):
    text = f"`max_in_flight_bytes` must hold the largest request, which is of {largest} bytes: 1000"
    with pytest.raises(ConfigError, match=text):
        decode(OtlpReceiverConfig, {"protocols": {protocol: config}})


@pytest.mark.parametrize(("mib", "held"), [(4, 256 << 20), (400, (400 << 20) + 5)])
def test_what_may_be_in_flight_holds_the_largest_request_by_itself(mib, held):
    assert grpc_limits(decode(OtlpGrpcConfig, {"max_recv_msg_size_mib": mib})).max_in_flight == held


async def test_sizes_of_buffers_are_accepted(otlp):
    config = {"read_buffer_size": 524288, "write_buffer_size": 524288}
    async with otlp(grpc_=config) as server:
        assert await server.call(traces(1).to_bytes()) == b""


HEAD_THAT_GOES_ON = b"\0\0\1\1\0\0\0\0\1\x82"
CONTINUATION = b"\0\0\0\x09\0\0\0\0\1"
ANSWERED_PING = b"\0\0\x08\6\1\0\0\0\0" + bytes(8)


@pytest.mark.parametrize("protocol", ["grpc", "http"])
@pytest.mark.parametrize("key", ["max_continuations", "max_resets", "max_idle_frames"])
async def test_floods_of_frames_end_at_their_limit(otlp, protocol, key):
    config = {key: 10}
    async with otlp(grpc_=config, http=config) as server, peering(server, protocol) as peer:
        await peer.settings()
        if key == "max_continuations":
            peer.writer.write(HEAD_THAT_GOES_ON + CONTINUATION * 11)
        elif key == "max_idle_frames":
            peer.writer.write(ANSWERED_PING * 11)
        else:
            for _ in range(11):
                stream = peer.begin()
                peer.h2.reset_stream(stream)
                peer.send()
        types = []
        while found := await peer.frames():
            types += found
        assert GOAWAY in types
