"""Attacks over sockets: each ends with the attacker, while others are served, and leaves nothing behind."""

import asyncio
import contextlib
import gzip
import socket
import zlib

import pytest
import zstandard
from hpack import Decoder, Encoder

from penstock_engine.clock import LoopClock
from penstock_wire.exchange import Response, find
from penstock_wire.front import Front
from penstock_wire.grpc.framing import prefix
from penstock_wire.grpc.server import GrpcHandler, success
from penstock_wire.h1.connection import H1Connection
from penstock_wire.h1.heads import Heads
from penstock_wire.h2 import frames as f
from penstock_wire.h2.server import ServerConnection
from penstock_wire.h2.settings import settings_frame
from penstock_wire.limits import ServerLimits
from penstock_wire.server import Server
from penstock_wire.service import Service

BOTH_LOOPS = True
GET = ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"x"))
POST = ((b":method", b"POST"), *GET[1:])
CALL = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/echo"), (b":authority", b"x"),
        (b"content-type", b"application/grpc"), (b"te", b"trailers"))  # fmt: skip
CALM, CANCEL = 11, 8
SOON = 0.2
HELLO = Response(200, (), (b"hello",))


class Attacker:
    """One connection, of which every byte is ours."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.encoder, self.decoder = Encoder(), Decoder()

    async def send(self, *parts):
        """Send, as far as the server takes it: it may have hung up already."""
        with contextlib.suppress(ConnectionError):
            self.writer.write(b"".join(parts))
            await self.writer.drain()

    async def greet(self, settings=None):
        await self.send(f.PREFACE, settings_frame(settings or {}))

    def headers(self, number, pairs=GET, *, ended=True):
        flags = f.END_HEADERS | (f.END_STREAM if ended else 0)
        return f.frame(f.HEADERS, flags, number, self.encoder.encode(pairs))

    async def frames(self):
        """What the server sends, frame by frame, until it hangs up."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                high, low, kind, _, number = f.HEAD.unpack(await self.reader.readexactly(9))
                payload = await self.reader.readexactly(high << 8 | low)
                yield kind, number, payload

    async def farewell(self):
        """The code and the reason with which the server ends the connection."""
        async for kind, _, payload in self.frames():
            if kind == f.GOAWAY:
                return int.from_bytes(payload[4:8], "big"), payload[8:].decode()
        return None

    async def reset_of(self, number):
        """The code with which the server gives up a stream."""
        async for kind, stream, payload in self.frames():
            if (kind, stream) == (f.RST_STREAM, number):
                return int.from_bytes(payload, "big")
        return None

    async def reply(self, number):
        """All headers and trailers of a reply."""
        pairs = []
        async for kind, stream, payload in self.frames():
            if kind == f.HEADERS:
                pairs += [
                    (bytes(name), bytes(value)) for name, value in self.decoder.decode(payload, raw=True)
                ]
            if stream == number and kind == f.HEADERS and find(pairs, b"grpc-status"):
                break
        return pairs


class Site:
    """A server of both versions of HTTP."""

    def __init__(self, service, port):
        self.service, self.port = service, port
        self._writers = []

    async def attacker(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 12)
        self._writers.append(writer)
        return Attacker(reader, writer)

    async def serves_others(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"hello")

    async def is_rid_of_attackers(self):
        """Whether every connection ends by itself, without the attacker doing anything."""
        async with asyncio.timeout(5):
            await self.service.wait_until_empty()
        return (self.service.budget.used, self.service.budget.running) == (0, 0)

    def close(self):
        for writer in self._writers:
            writer.transport.abort()


@pytest.fixture
async def site():
    """`async with site(handler, **limits) as server`; at its end nobody may be left."""

    @contextlib.asynccontextmanager
    async def run(handler=lambda _request: HELLO, **limits):
        tasks, failures = set(), []

        def spawn(work):
            task = asyncio.get_running_loop().create_task(work)
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            return task

        options = {"refuse": handler.refuse} if isinstance(handler, GrpcHandler) else {}
        service = Service(
            handler,
            limits=ServerLimits(**limits),
            clock=LoopClock(),
            spawn=spawn,
            failed=failures.append,
            **options,
        )
        heads = Heads(service.clock)
        server = Server(
            service,
            lambda: Front(service, lambda: H1Connection(service, heads), lambda: ServerConnection(service)),
        )
        listener = socket.create_server(("127.0.0.1", 0))
        made = Site(service, listener.getsockname()[1])
        await server.start(listener)
        try:
            yield made
        finally:
            made.close()
            await server.stop(lambda: 5.0)
        assert (tasks, failures, service.connections) == (set(), [], set())
        assert (service.budget.used, service.budget.running) == (0, 0)

    return run


async def wait(_request):
    await asyncio.Event().wait()


async def test_rapid_reset(site):
    calls = []

    def handler(request):
        calls.append(request)
        return wait(request) if request.head.authority == b"x" else HELLO

    async with site(handler, max_concurrent_streams=10) as server:
        attacker = await server.attacker()
        await attacker.greet()
        for number in range(1, 3_001, 2):
            await attacker.send(attacker.headers(number), f.reset(number, CANCEL))
        assert await attacker.farewell() == (CALM, "too many streams are reset")
        assert await server.serves_others()
        assert len(calls) < 1_100


FLOODS = {
    "CONTINUATION": (f.frame(f.HEADERS, 0, 1, b"\x82"), f.frame(f.CONTINUATION, 0, 1, b""), "the field block is too large"),
    "SETTINGS": (b"", settings_frame({}), "too many frames that carry nothing"),
    "SETTINGS acknowledged": (b"", f.frame(f.SETTINGS, f.ACK, 0), "too many frames that carry nothing"),
    "PING": (b"", f.frame(f.PING, 0, 0, bytes(8)), "too_many_pings"),
    "PING answered": (b"", f.frame(f.PING, f.ACK, 0, bytes(8)), "too many frames that carry nothing"),
    "PRIORITY": (b"", f.frame(f.PRIORITY, 0, 1, b"\0\0\0\3\0"), "too many frames that carry nothing"),
    "tiny WINDOW_UPDATE": (b"", f.window_update(0, 1), "too many frames that carry nothing"),
    "unknown": (b"", f.frame(0x77, 0, 0), "too many frames that carry nothing"),
}  # fmt: skip


@pytest.mark.parametrize("name", FLOODS)
async def test_floods_of_frames(site, name):
    first, flood, reason = FLOODS[name]
    async with site() as server:
        attacker = await server.attacker()
        await attacker.greet()
        await attacker.send(first, *([flood] * 1_100))
        assert await attacker.farewell() == (CALM, reason)
        assert await server.serves_others()


async def test_a_flood_of_empty_data(site):
    async with site() as server:
        attacker = await server.attacker()
        await attacker.greet()
        await attacker.send(attacker.headers(1, POST, ended=False), f.frame(f.DATA, 0, 1) * 1_100)
        assert await attacker.farewell() == (CALM, "too many frames that carry nothing")
        assert await server.serves_others()


async def test_a_header_compression_bomb(site):
    async with site() as server:
        attacker = await server.attacker()
        await attacker.greet()
        large = (b"x", b"y" * 4_000)
        await attacker.send(
            attacker.headers(1, (*GET, large)), attacker.headers(3, (*GET, *((large,) * 16_000)))
        )
        assert await attacker.farewell() == (CALM, "the list of headers is too large")
        assert await server.serves_others()


async def test_a_window_that_never_opens(site):
    async with site(write_timeout=SOON) as server:
        attacker = await server.attacker()
        await attacker.greet({4: 0})
        await attacker.send(attacker.headers(1))
        assert await attacker.reset_of(1) == CANCEL
        assert await server.serves_others()


@pytest.mark.parametrize("version", [1, 2])
async def test_replies_that_are_not_read(site, version):
    large = Response(200, (), (bytes(1 << 20),))

    def handler(request):
        return large if request.head.path == b"/large" else HELLO

    async with site(handler, write_timeout=SOON) as server:
        attacker = await server.attacker()
        attacker.writer.transport.pause_reading()
        if version == 2:
            await attacker.greet({4: 2**31 - 1})
            pairs = (
                (b":method", b"GET"),
                (b":scheme", b"http"),
                (b":path", b"/large"),
                (b":authority", b"x"),
            )
            asking = [attacker.headers(number, pairs) for number in range(1, 41, 2)]
            await attacker.send(f.window_update(0, 2**30), *asking)
        else:
            await attacker.send(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n" * 20)
        assert await server.is_rid_of_attackers()
        assert await server.serves_others()


@pytest.mark.parametrize(
    "beginning",
    [b"", b"P", f.PREFACE[:9], f.PREFACE, b"POST / HT", b"POST / HTTP/1.1\r\nhost: a\r\nx-slow: "],
    ids=["nothing", "a letter", "half a preface", "a preface", "half a line", "half a head"],
)
async def test_a_head_that_comes_drop_by_drop(site, beginning):
    async with site(header_timeout=SOON) as server:
        attacker = await server.attacker()
        await attacker.send(beginning)
        assert await server.is_rid_of_attackers()
        assert await server.serves_others()


async def test_a_frame_that_comes_drop_by_drop(site):
    async with site(header_timeout=SOON) as server:
        attacker = await server.attacker()
        await attacker.greet()
        await attacker.send(attacker.headers(1)[:7])
        assert await attacker.farewell() == (CALM, "the rest of a frame does not come")
        assert await server.serves_others()


@pytest.mark.parametrize("version", [1, 2])
async def test_a_body_that_comes_drop_by_drop(site, version):
    async with site(read_timeout=SOON) as server:
        attacker = await server.attacker()
        if version == 2:
            await attacker.greet()
            await attacker.send(attacker.headers(1, POST, ended=False), f.frame(f.DATA, 0, 1, b"x"))
            assert await attacker.reset_of(1) == CANCEL
        else:
            await attacker.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nx")
            assert await server.is_rid_of_attackers()
        assert await server.serves_others()


BOMBS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": lambda data: zstandard.ZstdCompressor(level=19).compress(data),
}


@pytest.mark.parametrize("coding", BOMBS)
async def test_compressed_bombs(site, coding):
    seen = []
    calls = GrpcHandler({"/echo": lambda message, request: seen.append(len(message)) or success()}, 100_000)
    async with site(calls, max_body=100_005) as server:
        attacker = await server.attacker()
        await attacker.greet()
        bomb = BOMBS[coding](bytes(50_000_000))
        assert len(bomb) < 100_000
        head = attacker.headers(1, (*CALL, (b"grpc-encoding", coding.encode())), ended=False)
        body = prefix(len(bomb), compressed=True) + bomb
        cut = [body[at : at + 16_384] for at in range(0, len(body), 16_384)]
        last = len(cut) - 1
        frames = [f.frame(f.DATA, f.END_STREAM if at == last else 0, 1, part) for at, part in enumerate(cut)]
        await attacker.send(head, *frames)
        reply = await attacker.reply(1)
        assert find(reply, b"grpc-status") == b"8"
        assert seen == []


async def test_more_connections_than_there_may_be(site):
    async with site(max_connections=3, header_timeout=SOON) as server:
        attackers = [await server.attacker() for _ in range(20)]
        for attacker in attackers:
            await attacker.send(b"P")
        assert await server.is_rid_of_attackers()
        assert await server.serves_others()
