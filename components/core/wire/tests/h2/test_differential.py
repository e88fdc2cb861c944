"""Our HTTP/2 beside the `h2` library's: what one says, the other understands in the same way."""

import asyncio

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock_testkit import FakeClock, settle
from penstock_wire.exchange import Head, Response
from penstock_wire.h2 import frames as f
from penstock_wire.h2.client import ClientConnection, ClientLimits
from penstock_wire.h2.server import ServerConnection
from penstock_wire.h2.settings import settings_frame
from penstock_wire.limits import ServerLimits
from penstock_wire.service import Service

NAMES = st.sampled_from([b"x-a", b"x-b", b"user-agent", b"x-long-name-of-a-header"])
VALUES = st.text("abcdefgh 0123", max_size=30).map(lambda text: text.strip().encode())
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=4).map(tuple)
BODIES = st.integers(0, 40_000).map(lambda size: bytes(range(256)) * (size // 256))
CUTS = st.lists(st.integers(1, 9_000), min_size=1, max_size=20)


class Wire:
    """A transport in memory."""

    def __init__(self):
        self.out = bytearray()
        self.closed = False

    def write(self, data):
        self.out += data

    def writelines(self, parts):
        self.out += b"".join(parts)

    def close(self):
        self.closed = True

    abort = close

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        pass

    resume_reading = pause_reading

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def get_extra_info(self, name, default=None):
        return default

    def take(self):
        data = bytes(self.out)
        self.out.clear()
        return data


def echo_server():
    seen = []

    def handle(request):
        seen.append(
            (request.head.method, request.head.path, request.head.headers, request.body(), request.trailers)
        )
        return Response(200, ((b"x-echo", b"1"), *request.head.headers), (request.body(),), request.trailers)

    service = Service(
        handle,
        limits=ServerLimits(stream_window=70_000, connection_window=80_000),
        clock=FakeClock(),
        spawn=lambda _work: None,
        failed=seen.append,
    )
    connection, wire = ServerConnection(service), Wire()
    connection.connection_made(wire)
    return connection, wire, seen


def pieces(data, cuts):
    at = 0
    while at < len(data):
        for cut in cuts:
            yield data[at : at + cut]
            at += cut


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(HEADERS, BODIES, st.booleans()), min_size=1, max_size=5), CUTS)
def test_requests_of_the_library_are_answered_as_it_expects(requests, cuts):
    asyncio.run(_library_as_client(requests, cuts))


async def _library_as_client(requests, cuts):
    server, wire, seen = echo_server()
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding=None))
    client.initiate_connection()
    replies = {}
    todo = []
    for headers, body, trailers in requests:
        number = client.get_next_available_stream_id()
        pseudo = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/p"), (b":authority", b"x")]
        client.send_headers(number, [*pseudo, *headers])
        todo.append([number, body, trailers])
        replies[number] = {"body": b"", "ended": False}
    for _ in range(1_000):
        _send_some(client, todo)
        sent = client.data_to_send()
        for piece in pieces(sent, cuts):
            server.data_received(piece)
        await asyncio.sleep(0)
        came = wire.take()
        for event in client.receive_data(came) if came else ():
            _note(client, event, replies)
        if not todo and all(one["ended"] for one in replies.values()):
            break
    for (headers, body, trailers), reply in zip(requests, replies.values(), strict=True):
        assert reply["ended"]
        assert reply["body"] == body
        assert tuple(map(tuple, reply["head"])) == ((b":status", b"200"), (b"x-echo", b"1"), *headers)
        assert reply.get("trailers", []) == ([(b"x-t", b"1")] if trailers else [])
    assert len(seen) == len(requests)


def _send_some(client, todo):
    for one in tuple(todo):
        number, body, trailers = one
        room = min(client.local_flow_control_window(number), client.max_outbound_frame_size)
        if body and room <= 0:
            continue
        now, one[1] = body[:room], body[room:]
        done = not one[1]
        if now or not trailers:
            client.send_data(number, now, end_stream=done and not trailers)
        if done:
            if trailers:
                client.send_headers(number, [(b"x-t", b"1")], end_stream=True)
            todo.remove(one)


def _note(client, event, replies):
    match event:
        case h2.events.ResponseReceived():
            replies[event.stream_id]["head"] = event.headers
        case h2.events.TrailersReceived():
            replies[event.stream_id]["trailers"] = [tuple(pair) for pair in event.headers]
        case h2.events.DataReceived():
            replies[event.stream_id]["body"] += event.data
            client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        case h2.events.StreamEnded():
            replies[event.stream_id]["ended"] = True
        case h2.events.StreamReset() | h2.events.ConnectionTerminated():
            raise AssertionError(event)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(HEADERS, BODIES), min_size=1, max_size=5), CUTS)
def test_our_requests_are_understood_by_the_library(requests, cuts):
    asyncio.run(_library_as_server(requests, cuts))


async def _library_as_server(requests, cuts):
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
    server.initiate_connection()
    wire, outcomes = Wire(), []
    client = ClientConnection(ClientLimits(), FakeClock(), changed=lambda: None, lost=lambda: None)
    client.connection_made(wire)
    for headers, body in requests:
        client.send(Head(b"POST", b"/p", headers, b"x"), (body,), outcomes.append)
    bodies = {}
    for _ in range(1_000):
        await asyncio.sleep(0)
        came = wire.take()
        for event in server.receive_data(came) if came else ():
            if isinstance(event, h2.events.RequestReceived):
                bodies[event.stream_id] = (tuple(tuple(pair) for pair in event.headers[4:]), bytearray())
            elif isinstance(event, h2.events.DataReceived):
                bodies[event.stream_id][1].extend(event.data)
                server.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                size = b"%d" % len(bodies[event.stream_id][1])
                server.send_headers(event.stream_id, [(b":status", b"200"), (b"x-size", size)])
                server.send_data(event.stream_id, size, end_stream=True)
        for piece in pieces(server.data_to_send(), cuts):
            client.data_received(piece)
        if len(outcomes) == len(requests):
            break
    assert [(headers, bytes(body)) for _, (headers, body) in sorted(bodies.items())] == requests
    assert sorted(int(one.body()) for one in outcomes) == sorted(len(body) for _, body in requests)


KINDS = st.sampled_from(
    [
        f.DATA,
        f.HEADERS,
        f.PRIORITY,
        f.RST_STREAM,
        f.SETTINGS,
        f.PUSH_PROMISE,
        f.PING,
        f.GOAWAY,
        f.WINDOW_UPDATE,
        77,
    ]
)
FLAGS = st.sampled_from([0, 0x1, 0x4, 0x5, 0x8, 0x20, 0xD, 0xFF])
BLOCK = b"\x82\x86\x84\x41\x01x"
PAYLOADS = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([b"", bytes(4), bytes(8), b"\0\0\0\5", BLOCK, b"\0\0\0\0\x10" + BLOCK, b"\0" + BLOCK]),
    st.tuples(st.integers(0, 8), st.integers(0, 70_000)).map(
        lambda one: settings_frame({one[0]: one[1]})[9:]
    ),
)
# Pushes by a client, and heads that depend on themselves and go on: the library looks at them later.
_STRICTER = (f.PUSH_PROMISE, f.HEADERS)
FRAMES = st.tuples(KINDS, FLAGS, st.sampled_from([0, 1, 1, 1, 3, 5, 2]), PAYLOADS)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(FRAMES, max_size=8))
def test_random_frames_are_refused_where_the_library_refuses_them(frames):
    asyncio.run(_both(frames))


async def _both(frames):
    server, wire, tasks = _silent_server()
    library = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
    library.initiate_connection()
    greeting = f.PREFACE + settings_frame({})
    server.data_received(greeting)
    library.receive_data(greeting)
    wire.take()
    for kind, flags, number, payload in frames:
        sent = f.frame(kind, flags, number, payload)
        server.data_received(sent)
        refused, library_refuses = _refusal(wire.take()), False
        try:
            events = library.receive_data(sent)
        except h2.exceptions.ProtocolError:
            library_refuses = True
        else:
            library_refuses = any(isinstance(event, h2.events.StreamReset) for event in events)
            assert refused != "connection" or kind in _STRICTER
        assert refused or not library_refuses or flags & f.PADDED  # it refuses padding that just fits
        if refused or library_refuses:
            break  # from here on their ideas of what is open may differ
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _refusal(data):
    """Whether a connection or a stream was given up in what was written."""
    found = ""
    while data:
        high, low, kind, _, _ = f.HEAD.unpack_from(data)
        if kind == f.GOAWAY:
            return "connection"
        found = "stream" if kind == f.RST_STREAM else found
        data = data[9 + (high << 8 | low) :]
    return found


def _silent_server():
    tasks = []

    async def wait(_request):
        await asyncio.Event().wait()

    def spawn(work):
        tasks.append(asyncio.get_running_loop().create_task(work))
        return tasks[-1]

    service = Service(wait, limits=ServerLimits(), clock=FakeClock(), spawn=spawn, failed=lambda _error: None)
    connection, wire = ServerConnection(service), Wire()
    connection.connection_made(wire)
    return connection, wire, tasks


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), CUTS)
def test_bytes_of_any_kind_raise_nothing(data, cuts):
    asyncio.run(_feed(f.PREFACE + settings_frame({}) + data, cuts))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=4))
def test_blocks_of_any_kind_raise_nothing(blocks):
    frames = (
        f.frame(f.HEADERS, 5, number, block) for number, block in zip(range(1, 9, 2), blocks, strict=False)
    )
    asyncio.run(_feed(f.PREFACE + settings_frame({}) + b"".join(frames), [9_000]))


async def _feed(data, cuts):
    server, _, _ = echo_server()
    client = ClientConnection(ClientLimits(), FakeClock(), changed=lambda: None, lost=lambda: None)
    client.connection_made(Wire())
    client.send(Head(b"POST", b"/"), (), lambda _outcome: None)
    for piece in pieces(data, cuts):
        server.data_received(piece)
        client.data_received(piece.removeprefix(f.PREFACE))
    await settle()
