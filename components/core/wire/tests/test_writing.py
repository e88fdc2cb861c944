"""Pieces are written without joining them, and who does not read is noticed."""

import asyncio
import socket

import pytest

from penstock_wire.writing import write_pieces

BOTH_LOOPS = True


class Noticing(asyncio.Protocol):
    def __init__(self):
        self.paused = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def pause_writing(self):
        self.paused.set()


@pytest.fixture
async def ends():
    """A connection, and a socket that does not read what it sends."""
    here, there = socket.socketpair()
    there.settimeout(5)
    transport, protocol = await asyncio.get_running_loop().create_connection(Noticing, sock=here)
    yield protocol, there
    transport.abort()
    there.close()


@pytest.mark.parametrize("pieces", [[b"a"], [b"a", b"b"], [b"a", bytearray(b"b"), memoryview(b"c")]])
async def test_all_pieces_arrive_in_order(ends, pieces):
    protocol, there = ends
    write_pieces(protocol.transport, pieces)
    whole = b"".join(pieces)
    there.setblocking(False)
    got = b""
    while len(got) < len(whole):
        got += await asyncio.get_running_loop().sock_recv(there, 100)
    assert got == whole


@pytest.mark.parametrize("count", [1, 2, 50])
async def test_who_reads_nothing_is_noticed(ends, count):
    protocol, _ = ends
    async with asyncio.timeout(5):
        while not protocol.paused.is_set():
            write_pieces(protocol.transport, [bytes(100_000)] * count)
            await asyncio.sleep(0)
