"""What is fuzzed: each target takes any bytes, and fails when the wire does what it must not.

Whatever comes, no exception leaves the wire, nothing is counted as in flight after the connection is gone, and an
answer stays in proportion to what was sent. `run.py` runs them under atheris, `test_targets.py` on a few inputs.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Self

from penstock_wire.compress import CodingError, InflatedTooLargeError, inflater
from penstock_wire.exchange import Head, Request, Response
from penstock_wire.grpc.framing import prefix
from penstock_wire.grpc.server import GrpcHandler, success
from penstock_wire.h1.client import H1ClientConnection
from penstock_wire.h1.connection import H1Connection
from penstock_wire.h1.heads import Heads
from penstock_wire.h2.client import ClientConnection, ClientLimits
from penstock_wire.h2.faults import ConnectionFault
from penstock_wire.h2.frames import PREFACE, frame, header_frames
from penstock_wire.h2.heads import Fields
from penstock_wire.h2.hpack import BlockReader, BlockWriter
from penstock_wire.h2.server import ServerConnection
from penstock_wire.h2.settings import settings_frame
from penstock_wire.limits import ServerLimits
from penstock_wire.service import Service

__all__ = ("SEEDS", "TARGETS", "Loop")

LIMITS = ServerLimits(max_body=4_096, max_header_bytes=4_096, max_in_flight=16_384, max_concurrent_streams=8)
ANSWER_PER_BYTE, ANSWER_AT_LEAST = 64, 131_072
LIST, LONGEST = 4_096, 0xFFF
HELLO = Response(200, ((b"content-type", b"text/plain"),), (b"hello",), ((b"x-end", b"1"),))
POST = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/echo"), (b":authority", b"x"))
CALL = (*POST, (b"content-type", b"application/grpc"), (b"te", b"trailers"))
CODINGS = ("gzip", "deflate", "zstd")


class Clock:
    """Stands still."""

    def now(self) -> float:
        return 0.0

    def wall_ns(self) -> int:
        return 1_700_000_000_000_000_000

    def call_later(self, seconds: float, call: Callable[[], object]) -> "Clock":
        return self

    def cancel(self) -> None:
        pass

    async def sleep(self, seconds: float) -> None:
        pass


class Transport(asyncio.Transport):
    """Counts what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed = 0, False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written += len(data)

    def writelines(self, parts: list[bytes]) -> None:
        self.write(b"".join(parts))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default


class Loop:
    """An event loop that is turned by hand: fuzzers know only functions."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Self:
        asyncio._set_running_loop(self._loop)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio._set_running_loop(None)
        self._loop.close()

    def turn(self) -> None:
        """Run everything that is ready, and what that makes ready."""
        ready = self._loop._ready
        while ready:
            ready.popleft()._run()


def chunks(data: bytes) -> Iterator[bytes]:
    """`data` in the pieces in which the network delivers it: the first two bytes of each say how long it is."""
    while data:
        size = int.from_bytes(data[:2], "big") & LONGEST
        yield data[2 : 2 + size]
        data = data[2 + size :]


def frames(data: bytes) -> bytes:
    """Frames with a right length, made of any bytes; plain bytes now and then."""
    out, at = [], 0
    while at + 4 <= len(data):
        kind, flags, stream, size = data[at : at + 4]
        body = data[at + 4 : at + 4 + size]
        at += 4 + size
        out.append(body if kind > 0xF0 else frame(kind % 11, flags, stream & 0xF, body))
    return b"".join(out)


def make_service(handler: object = lambda _request: HELLO, **options: object) -> tuple[Service, list[object]]:
    failures: list[object] = []
    tasks = asyncio.get_running_loop().create_task
    service = Service(handler, limits=LIMITS, clock=Clock(), spawn=tasks, failed=failures.append, **options)
    return service, failures


def feed(
    connection: asyncio.Protocol, service: Service | None, pieces: list[bytes], turn: Callable[[], None]
) -> None:
    """Let a connection live, and look at what it leaves behind."""
    transport = Transport()
    connection.connection_made(transport)
    for piece in pieces:
        if transport.closed:
            break
        connection.data_received(piece)
        turn()
        if service is not None:
            assert 0 <= service.budget.used <= LIMITS.max_in_flight + sum(map(len, pieces))
    connection.connection_lost(None)
    turn()
    most = ANSWER_AT_LEAST + ANSWER_PER_BYTE * sum(map(len, pieces))
    assert transport.written <= most, f"{transport.written} bytes for {sum(map(len, pieces))}"
    if service is not None:
        assert (service.budget.used, service.budget.running) == (0, 0)
        assert not service.connections


def h2_server(data: bytes, turn: Callable[[], None]) -> None:
    """A server of HTTP/2: frames, or any bytes."""
    service, failures = make_service()
    pieces = list(chunks(data[1:]))
    if data[:1] and data[0] & 1:
        pieces = [frames(piece) for piece in pieces]
    if data[:1] and data[0] & 2:
        pieces = [PREFACE + settings_frame({}), *pieces]
    feed(ServerConnection(service), service, pieces, turn)
    assert not failures


def h2_client(data: bytes, turn: Callable[[], None]) -> None:
    """A client of HTTP/2, with three requests under way."""
    outcomes: list[object] = []
    connection = ClientConnection(
        ClientLimits(max_body=4_096, max_header_bytes=4_096),
        Clock(),
        changed=lambda: None,
        lost=lambda: outcomes.append("lost"),
    )
    pieces = list(chunks(data[1:]))
    if data[:1] and data[0] & 1:
        pieces = [frames(piece) for piece in pieces]
    if data[:1] and data[0] & 2:
        pieces = [settings_frame({}), *pieces]
    made = connection.connection_made

    def begin(transport: asyncio.Transport) -> None:
        made(transport)
        for size in (0, 10, 100_000):
            connection.send(Head(b"POST", b"/"), [bytes(size)] if size else [], outcomes.append)

    connection.connection_made = begin
    feed(connection, None, pieces, turn)
    assert len(outcomes) == 4, outcomes


def hpack(data: bytes, turn: Callable[[], None]) -> None:
    """Header blocks of one connection; a block that is repeated means what it meant before."""
    reader = BlockReader(LIST, Fields)
    fresh = BlockReader(LIST, tuple)
    for block in chunks(data):
        try:
            pairs = fresh.read(block)
        except ConnectionFault:
            pairs = None
        try:
            fields = reader.known(block) or reader.read(block)
        except ConnectionFault:
            assert pairs is None
            return
        assert pairs is not None
        assert sum(len(name) + len(value) + 32 for name, value in pairs) <= LIST
        assert (fields.head is None) or len(fields.head.headers) <= len(pairs)
        # What is written is read back, by whoever has the same table.
        assert BlockReader(LIST * 2, tuple).read(BlockWriter().write(tuple(pairs))) == tuple(pairs)


def grpc(data: bytes, turn: Callable[[], None]) -> None:
    """One call: its headers, and the pieces of its body."""
    pieces = list(chunks(data[3:]))
    choice = data[:3].ljust(3, b"\0")
    names = (b"", b"identity", b"gzip", b"deflate", b"zstd", b"snappy")
    headers = [(b"content-type", b"application/grpc"), (b"grpc-encoding", names[choice[0] % len(names)])]
    if choice[1] & 1 and pieces:
        headers.append((b"grpc-timeout", pieces.pop(0)))
    handler = GrpcHandler({"/echo": lambda message, request: success(message, head=request.head)}, 4_096)
    parts = [memoryview(piece) for piece in pieces if piece]
    if choice[1] & 2:
        size = sum(map(len, parts))
        parts = [prefix(size, compressed=bool(choice[1] & 4)), *parts]
    head = Head(b"POST", b"/echo" if choice[2] < 250 else b"/else", tuple(headers))
    reply = handler(Request(head, parts, sum(map(len, parts))))
    assert isinstance(reply, Response)
    assert reply.status == 200
    assert sum(map(len, reply.parts)) <= 4_096 + 5


def inflate(data: bytes, turn: Callable[[], None]) -> None:
    """A compressed body."""
    if not data:
        return
    try:
        made = inflater(CODINGS[data[0] % len(CODINGS)])(data[1:], 4_096)
    except (CodingError, InflatedTooLargeError):
        return
    assert len(made) <= 4_096


def h1_server(data: bytes, turn: Callable[[], None]) -> None:
    """A server of HTTP/1.1."""
    service, failures = make_service()
    feed(H1Connection(service, Heads(service.clock)), service, list(chunks(data)), turn)
    assert not failures


def h1_client(data: bytes, turn: Callable[[], None]) -> None:
    """A client of HTTP/1.1, with a request under way."""
    outcomes: list[object] = []
    connection = H1ClientConnection(
        max_body=4_096, max_header_bytes=4_096, changed=lambda: None, lost=lambda: outcomes.append("lost")
    )
    made = connection.connection_made

    def begin(transport: asyncio.Transport) -> None:
        made(transport)
        connection.send(Head(b"POST", b"/"), [b"hello"], outcomes.append)

    connection.connection_made = begin
    feed(connection, None, list(chunks(data)), turn)
    assert len(outcomes) == 2, outcomes


TARGETS: dict[str, Callable[[bytes, Callable[[], None]], None]] = {
    "frames, server": h2_server,
    "frames, client": h2_client,
    "header blocks": hpack,
    "gRPC calls": grpc,
    "compressed bodies": inflate,
    "HTTP/1.1, server": h1_server,
    "HTTP/1.1, client": h1_client,
}


def piece(data: bytes) -> bytes:
    """`data` as `chunks` reads it."""
    assert len(data) <= LONGEST
    return len(data).to_bytes(2, "big") + data


def _seeds() -> dict[str, list[bytes]]:
    import gzip
    import zlib

    import zstandard

    block = BlockWriter().write(CALL)
    request = header_frames(1, block, ended=False) + frame(0, 1, 1, prefix(5) + b"hello")
    session = PREFACE + settings_frame({4: 100}) + request
    reply = header_frames(1, BlockWriter().write(((b":status", b"200"),)), ended=False) + frame(
        0, 1, 1, b"hello"
    )
    plain = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello"
    chunked = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    packed = (gzip.compress(b"hello" * 9), zlib.compress(b"hello" * 9), zstandard.compress(b"hello" * 9))
    small = bytes((1, 5, 1, len(block))) + block + bytes((0, 1, 1, 5)) + b"hello"
    return {
        "frames, server": [b"\0" + piece(session), b"\2" + piece(request), b"\3" + piece(small)],
        "frames, client": [b"\2" + piece(reply), b"\3" + piece(small)],
        "header blocks": [piece(block), piece(block) * 3],
        "gRPC calls": [
            b"\2\6\0" + piece(packed[0]),
            b"\3\6\0" + piece(packed[1]),
            b"\4\6\0" + piece(packed[2]),
        ],
        "compressed bodies": [bytes((number,)) + one for number, one in enumerate(packed)],
        "HTTP/1.1, server": [piece(plain), piece(chunked), piece(plain) * 3],
        "HTTP/1.1, client": [piece(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")],
    }


SEEDS = _seeds()
