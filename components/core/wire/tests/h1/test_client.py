"""The client's side of RFC 9112."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock_wire.errors import DisconnectedError, ProtocolError, WireError
from penstock_wire.exchange import Head, Response
from penstock_wire.h1.client import H1ClientConnection

HEAD = Head(b"POST", b"/x", ((b"x-a", b"b"),), authority=b"host:1")
OK = b"HTTP/1.1 200 OK\r\n"


class Asking:
    """A connection on a transport in memory, and what its requests became."""

    def __init__(self, transport, max_body=100, max_header_bytes=200):
        self.outcomes, self.changes, self.losses = [], 0, 0
        self.transport = transport
        self.connection = H1ClientConnection(
            max_body=max_body, max_header_bytes=max_header_bytes, changed=self.note, lost=self.lose
        )
        self.connection.connection_made(transport)

    def note(self):
        self.changes += 1

    def lose(self):
        self.losses += 1

    def ask(self, *parts, head=HEAD):
        return self.connection.send(head, parts, self.outcomes.append)

    def answer(self, data):
        self.connection.data_received(data)
        return self.outcomes[-1] if self.outcomes else None


@pytest.fixture
def ask(memory_transport):
    return lambda **limits: Asking(memory_transport(), **limits)


async def test_a_request_is_one_write_with_its_length_and_host(ask):
    asking = ask()
    asking.ask(b"ab", b"c")
    assert asking.transport.written == (
        b"POST /x HTTP/1.1\r\nhost: host:1\r\nx-a: b\r\ncontent-length: 3\r\n\r\nabc"
    )
    assert asking.transport.writes == 1


async def test_a_large_body_is_not_joined(ask):
    asking = ask()
    asking.ask(bytes(50_000), bytes(50_000))
    assert len(asking.transport.written) > 100_000


async def test_3_2_a_host_of_the_user_replaces_the_urls(ask):
    asking = ask()
    asking.ask(head=Head(b"POST", b"/", ((b"host", b"other"),), authority=b"host:1"))
    assert asking.transport.written.count(b"host: ") == 1
    assert b"host: other\r\n" in asking.transport.written


@pytest.mark.parametrize(
    "reply",
    [
        OK + b"Content-Length: 3\r\nX-B: c\r\n\r\nabc",
        OK + b"transfer-encoding: chunked\r\nx-b: c\r\n\r\n1\r\na\r\n2;e\r\nbc\r\n0\r\nlate: 1\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n"
        + OK
        + b"content-length: 3\r\nx-b: c\r\n\r\nabc",
    ],
    ids=["sized", "chunked", "after provisional ones"],
)
@pytest.mark.parametrize("step", [1, 1000])
async def test_6_a_reply_is_read_and_the_connection_used_again(ask, reply, step):
    asking = ask()
    for _ in range(2):
        asking.ask(b"a")
        assert asking.connection.room == 0
        for at in range(0, len(reply), step):
            asking.answer(reply[at : at + step])
        assert asking.connection.room == 1
    assert [one.body() for one in asking.outcomes] == [b"abc", b"abc"]
    assert dict(asking.outcomes[0].headers)[b"x-b"] == b"c"


async def test_6_3_a_body_without_length_ends_with_the_connection(ask):
    asking = ask()
    asking.ask()
    assert asking.answer(OK + b"\r\nall of it") is None
    asking.connection.connection_lost(None)
    assert asking.outcomes[0].body() == b"all of it"
    assert asking.losses == 1


@pytest.mark.parametrize(
    "framing", [b"content-length: 9\r\n\r\nabc", b"transfer-encoding: chunked\r\n\r\n9\r\nabc"]
)
async def test_8_of_a_body_that_breaks_off_only_the_status_is_told(ask, framing):
    asking = ask()
    asking.ask()
    asking.answer(OK + framing)
    asking.connection.connection_lost(None)
    assert (asking.outcomes[0].status, asking.outcomes[0].body()) == (200, b"")


@pytest.mark.parametrize(
    "reply",
    [
        OK + b"connection: close\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        OK + b"content-length: 0\r\n\r\n" + OK,
    ],
    ids=["close", "1.0", "more than asked for"],
)
async def test_9_3_a_connection_that_cannot_be_used_again_is_closed(ask, reply):
    asking = ask()
    asking.ask()
    asking.answer(reply)
    assert asking.outcomes[0].status == 200
    assert (asking.connection.room, asking.transport.is_closed) == (0, True)


async def test_9_5_what_nobody_asked_for_ends_the_connection(ask):
    asking = ask()
    asking.answer(OK + b"content-length: 0\r\n\r\n")
    assert (asking.connection.room, asking.transport.is_closed) == (0, True)


async def test_of_a_large_response_only_the_beginning_is_read(ask):
    asking = ask(max_body=10)
    asking.ask()
    assert asking.answer(OK + b"content-length: 1000000\r\n\r\n" + b"x" * 50).body() == b"x" * 10
    assert asking.transport.is_closed


@pytest.mark.parametrize("flood", [b"x: " + b"y" * 300, b"x: y\r\n" * 60, b"HTTP/1.1 200 " + b"y" * 300])
async def test_a_flood_of_headers_is_an_error_of_the_peer(ask, flood):
    asking = ask(max_header_bytes=200)
    asking.ask()
    asking.answer(OK)
    with pytest.raises(ProtocolError):
        raise asking.answer(flood)
    assert asking.transport.is_closed


async def test_a_peer_that_speaks_something_else_is_told_of(ask):
    asking = ask()
    asking.ask()
    with pytest.raises(ProtocolError, match=r"the peer does not speak HTTP/1\.1: "):
        raise asking.answer(b"SSH-2.0-OpenSSH\r\n")


@pytest.mark.parametrize(
    ("error", "message"), [(None, "the peer has closed the connection"), (OSError("reset"), "reset")]
)
async def test_a_connection_that_ends_before_the_reply_is_told_of(ask, error, message):
    asking = ask()
    asking.ask()
    asking.connection.connection_lost(error)
    with pytest.raises(DisconnectedError, match=message):
        raise asking.outcomes[0]


async def test_who_cancels_hears_nothing_and_ends_the_connection(ask):
    asking = ask()
    asking.connection.cancel(asking.ask())
    asking.answer(OK + b"content-length: 0\r\n\r\n")
    assert (asking.outcomes, asking.transport.is_aborted) == ([], True)


async def test_draining_waits_for_the_reply(ask):
    asking = ask()
    asking.ask()
    asking.connection.drain()
    assert not asking.transport.is_closed
    asking.answer(OK + b"content-length: 0\r\n\r\n")
    assert asking.transport.is_closed


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                [OK, b"\r\n", b"content-length: 3\r\n\r\n", b"abc", b"transfer-encoding: chunked\r\n\r\n"]
            ),
        ),
        max_size=12,
    )
)
async def test_whatever_is_answered_the_request_ends_once(ask, pieces):
    asking = ask()
    asking.ask()
    for piece in pieces:
        if not asking.transport.is_closed:
            asking.answer(piece)
    asking.connection.connection_lost(None)
    (outcome,) = asking.outcomes
    assert isinstance(outcome, (Response, WireError))
