"""A connection of the server on a transport in memory."""

import asyncio
from dataclasses import dataclass, field

import pytest

from penstock_testkit import FakeClock
from penstock_wire.exchange import Response
from penstock_wire.h1.connection import H1Connection
from penstock_wire.h1.heads import Heads
from penstock_wire.limits import ServerLimits
from penstock_wire.service import Service


class MemoryTransport(asyncio.Transport):
    """Remembers what is written; `feed` is what the peer sends."""

    def __init__(self):
        super().__init__()
        self.written, self.writes = b"", 0
        self.is_closed = self.is_aborted = self.is_ended = self.is_paused = False

    def write(self, data):
        self.written += data
        self.writes += 1

    def writelines(self, parts):
        self.write(b"".join(parts))

    def close(self):
        self.is_closed = True

    def abort(self):
        self.is_closed = self.is_aborted = True

    def is_closing(self):
        return self.is_closed

    def can_write_eof(self):
        return True

    def write_eof(self):
        self.is_ended = True

    def pause_reading(self):
        assert not self.is_paused
        self.is_paused = True

    def resume_reading(self):
        assert self.is_paused
        self.is_paused = False

    def get_write_buffer_size(self):
        return 0

    def get_extra_info(self, name, default=None):
        return ("127.0.0.1", 9) if name == "peername" else default


@pytest.fixture
def memory_transport():
    """Makes transports in memory."""
    return MemoryTransport


@dataclass
class Served:
    """One connection, and what its handler was given."""

    clock: FakeClock
    service: Service
    transport: MemoryTransport
    connection: H1Connection
    requests: list = field(default_factory=list)
    failures: list = field(default_factory=list)

    def send(self, data):
        """What the server answers to `data` at once."""
        before = len(self.transport.written)
        self.connection.data_received(data)
        return self.transport.written[before:]

    @property
    def statuses(self):
        parts = self.transport.written.split(b"HTTP/1.1 ")[1:]
        return [int(part[:3]) for part in parts]

    @property
    def bodies(self):
        return [request.body() for request in self.requests]


@pytest.fixture
async def serve():
    """`serve(handler, **limits)`; the handler sees each request, and may return a reply or a coroutine."""
    made = []

    def start(handler=lambda request: Response(200), **limits):
        failures = []
        clock, transport = FakeClock(), MemoryTransport()

        def handle(request):
            served.requests.append(request)
            return handler(request)

        service = Service(
            handle,
            limits=ServerLimits(**limits),
            clock=clock,
            spawn=asyncio.get_running_loop().create_task,
            failed=failures.append,
        )
        connection = H1Connection(service, Heads(clock))
        served = Served(clock, service, transport, connection, failures=failures)
        connection.connection_made(transport)
        made.append(served)
        return served

    yield start
    for served in made:
        served.connection.connection_lost(None)
        await served.service.give_up(1)
        assert served.service.budget.used == 0
        assert served.service.budget.running == 0
        assert served.clock.waiting == 0
