"""One socket for both versions of HTTP."""

import pytest

from penstock_testkit import settle
from penstock_wire.front import Front


class Spoken:
    """A connection's protocol that notes what it is told."""

    def __init__(self):
        self.data = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.data += data


class Transport:
    def __init__(self, alpn=None):
        self.alpn = alpn
        self.protocol = None
        self.closed = self.aborted = False

    def get_extra_info(self, name):
        return self if name == "ssl_object" and self.alpn is not None else None

    def selected_alpn_protocol(self):
        return self.alpn or None

    def set_protocol(self, protocol):
        self.protocol = protocol

    def close(self):
        self.closed = True

    def abort(self):
        self.aborted = True


@pytest.fixture
def front(site):
    """`front(service, alpn)`: the front's transport, and the two protocols it can become."""

    def made(service, alpn=None):
        one, two, transport = Spoken(), Spoken(), Transport(alpn)
        front = Front(service, lambda: one, lambda: two)
        transport.protocol = front
        front.connection_made(transport)
        return transport, one, two

    return made


@pytest.mark.parametrize(
    ("pieces", "version"),
    [
        ((b"PRI * HTTP/2.0\r\n",), 2),
        ((b"P", b"R", b"I", b" *"), 2),
        ((b"POST / HTTP/1.1\r\n",), 1),
        ((b"P", b"UT / HTTP/1.1"), 1),
        ((b"\x16\x03",), 1),
    ],
)
async def test_the_first_bytes_choose(site, front, pieces, version):
    made = site()
    transport, *protocols = front(made.service)
    for piece in pieces:
        transport.protocol.data_received(piece)
    chosen = protocols[version - 1]
    assert (transport.protocol, chosen.transport, chosen.data) == (chosen, transport, b"".join(pieces))
    assert (made.service.connections, made.clock.waiting) == (set(), 0)


@pytest.mark.parametrize(("alpn", "version"), [("h2", 2), ("http/1.1", 1), ("", 1)])
async def test_tls_chooses(site, front, alpn, version):
    transport, *protocols = front(site().service, alpn)
    assert transport.protocol is protocols[version - 1]


async def test_a_client_that_says_nothing_is_cut_off(site, front):
    made = site(header_timeout=8)
    transport, *_ = front(made.service)
    await made.clock.advance(8)
    assert transport.closed


async def test_a_connection_without_a_protocol_is_closed_with_the_server(site, front):
    made = site(header_timeout=0)
    transport, *_ = front(made.service)
    made.service.drain()
    made.service.abort()
    assert (transport.closed, transport.aborted) == (True, True)
    transport.protocol.connection_lost(None)
    await settle()
    assert not made.service.connections


async def test_connections_beyond_the_limit_are_closed(site, front):
    made = site(max_connections=1)
    front(made.service)
    transport, *_ = front(made.service)
    assert transport.aborted
