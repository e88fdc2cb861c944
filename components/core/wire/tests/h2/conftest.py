"""A frame-level peer: the other end of a connection, on a transport in memory."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hpack import Decoder, Encoder

from penstock_testkit import FakeClock, settle
from penstock_wire.exchange import Head, Response
from penstock_wire.h2 import frames as f
from penstock_wire.h2.client import ClientConnection, ClientLimits
from penstock_wire.h2.server import ServerConnection
from penstock_wire.h2.settings import settings_frame
from penstock_wire.limits import ServerLimits
from penstock_wire.service import Service

GET = ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"x"))
POST = ((b":method", b"POST"), *GET[1:])
HELLO = Response(200, ((b"content-type", b"text/plain"),), (b"hello",), ((b"x-end", b"1"),))


class Transport:
    """What a connection writes to."""

    def __init__(self):
        self.written = bytearray()
        self.writes = 0
        self.closed = self.aborted = self.paused = False
        self.protocol = None

    def write(self, data):
        assert not self.closed
        self.written += data
        self.writes += 1

    def writelines(self, parts):
        self.write(b"".join(parts))

    def is_closing(self):
        return self.closed

    def close(self):
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self):
        self.aborted = True
        self.close()

    def pause_reading(self):
        self.paused = True

    def resume_reading(self):
        self.paused = False

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def get_extra_info(self, name, default=None):
        return ("127.0.0.1", 4317) if name == "peername" else default


@dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes


class Peer:
    """Speaks frames with `connection`."""

    def __init__(self, connection):
        self.connection = connection
        self.transport = Transport()
        self.transport.protocol = connection
        self.encoder, self.decoder = Encoder(), Decoder()
        connection.connection_made(self.transport)

    def send(self, *parts):
        self.connection.data_received(b"".join(parts))

    def headers(self, number, pairs=GET, *, ended=True, flags=f.END_HEADERS):
        block = self.encoder.encode(pairs)
        return f.frame(f.HEADERS, flags | (f.END_STREAM if ended else 0), number, block)

    def data(self, number, payload=b"", *, ended=True):
        return f.frame(f.DATA, f.END_STREAM if ended else 0, number, payload)

    def take(self):
        """The frames that were written since."""
        out, data = [], bytes(self.transport.written)
        data = data.removeprefix(f.PREFACE)
        self.transport.written.clear()
        while data:
            high, low, kind, flags, number = f.HEAD.unpack_from(data)
            size = high << 8 | low
            out.append(Frame(kind, flags, number, data[9 : 9 + size]))
            data = data[9 + size :]
        return out

    def replies(self):
        """Per stream what was written since: headers, body, trailers; or the code of a reset."""
        found = {}
        for one in self.take():
            if one.kind == f.HEADERS:
                pairs = [(bytes(n), bytes(v)) for n, v in self.decoder.decode(one.payload, raw=True)]
                found.setdefault(one.stream, []).append(pairs)
            elif one.kind == f.DATA:
                found.setdefault(one.stream, []).append(one.payload)
            elif one.kind == f.RST_STREAM:
                found.setdefault(one.stream, []).append(int.from_bytes(one.payload, "big"))
        return found

    def goaway(self):
        """Last stream, code and reason of the farewell, and nothing when there was none."""
        last = [one.payload for one in self.take() if one.kind == f.GOAWAY]
        if not last:
            return None
        payload = last[-1]
        return int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:8], "big"), payload[8:].decode()


@dataclass
class Site:
    """A service and what happened in it."""

    clock: FakeClock
    handler: object = None
    requests: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    service: Service = None

    def peer(self, *, greet=True, settings=None):
        peer = Peer(ServerConnection(self.service))
        if greet:
            peer.send(f.PREFACE, settings_frame(settings or {}), f.frame(f.SETTINGS, f.ACK, 0))
            peer.take()
        return peer


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def site(clock):
    """Makes a service; its handler is `handler`, or replies hello."""
    tasks = []

    def make(handler=None, **limits):
        made = Site(clock)

        def handle(request):
            made.requests.append(request)
            return handler(request) if handler is not None else HELLO

        options = {key: limits.pop(key) for key in ("refuse", "timeout", "cancels") if key in limits}

        def spawn(work):
            tasks.append(asyncio.get_running_loop().create_task(work))
            return tasks[-1]

        made.service = Service(
            handle,
            limits=ServerLimits(**limits),
            clock=clock,
            spawn=spawn,
            failed=made.failures.append,
            **options,
        )
        return made

    yield make
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def peer(site):
    """The client's end of a connection to a server that says hello."""
    return site().peer()


@dataclass
class Caller:
    """A client's connection, with its server's end."""

    peer: Peer
    connection: ClientConnection
    outcomes: list
    events: list

    def call(self, parts=(), **options):
        head = Head(b"POST", b"/", ((b"te", b"trailers"),), b"x")
        return self.connection.send(head, parts, self.outcomes.append, **options)


@pytest.fixture
async def caller(clock):
    def make(*, settings=None, **limits):
        outcomes, events = [], []
        connection = ClientConnection(
            ClientLimits(**limits),
            clock,
            changed=lambda: events.append("changed"),
            lost=lambda: events.append("lost"),
        )
        peer = Peer(connection)
        peer.send(settings_frame(settings or {}), f.frame(f.SETTINGS, f.ACK, 0))
        peer.take()
        return Caller(peer, connection, outcomes, events)

    yield make
    await settle()
