"""A client finds out that its server is gone."""

import pytest

from penstock_testkit import FakeClock
from penstock_wire.exchange import Head
from penstock_wire.h2.client import ClientLimits
from penstock_wire.h2.frames import ACK, PING, frame
from penstock_wire.h2.keepalive import KeepAlive, KeptAliveConnection


class Wire:
    """A transport that remembers."""

    def __init__(self):
        self.written, self.is_aborted = b"", False

    def write(self, data):
        self.written += bytes(data)

    def writelines(self, parts):
        self.write(b"".join(parts))

    def abort(self):
        self.is_aborted = True

    def is_closing(self):
        return self.is_aborted

    def set_write_buffer_limits(self, **_limits):
        pass

    def get_extra_info(self, name, default=None):
        return default


@pytest.fixture
async def connect():
    made = []

    def start(*, when_idle):
        clock, wire = FakeClock(), Wire()
        rules = KeepAlive(time=10, timeout=3, when_idle=when_idle)
        connection = KeptAliveConnection(
            ClientLimits(), clock, keep_alive=rules, changed=lambda: None, lost=lambda: None
        )
        connection.connection_made(wire)
        made.append(connection)
        return connection, clock, wire

    yield start
    for connection in made:
        connection.connection_lost(None)
        assert connection.clock.waiting == 0


PONG = frame(PING, ACK, 0, b"penstock")
SETTINGS = frame(4, 0, 0, b"")


async def test_a_server_that_answers_pings_is_kept(connect):
    connection, clock, wire = connect(when_idle=True)
    connection.data_received(SETTINGS)
    for _ in range(3):
        await clock.advance(10)
        connection.data_received(PONG)
    await clock.advance(3)
    assert wire.written.count(frame(PING, 0, 0, b"penstock")) == 3
    assert not wire.is_aborted


async def test_a_server_that_does_not_answer_is_left(connect):
    connection, clock, wire = connect(when_idle=True)
    connection.data_received(SETTINGS)
    await clock.advance(10)
    assert not wire.is_aborted
    await clock.advance(3)
    assert wire.is_aborted
    assert connection.reason == "the server does not answer to pings"


async def test_without_a_request_it_is_not_pinged_unless_wanted(connect):
    connection, clock, wire = connect(when_idle=False)
    connection.data_received(SETTINGS)
    await clock.advance(10)
    assert frame(PING, 0, 0, b"penstock") not in wire.written
    connection.send(Head(b"POST", b"/"), (), lambda _outcome: None)
    await clock.advance(10)
    assert frame(PING, 0, 0, b"penstock") in wire.written
