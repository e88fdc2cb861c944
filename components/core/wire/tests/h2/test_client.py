"""RFC 9113, the client: what it sends, and what it makes of what comes back."""

import pytest

from penstock_testkit import settle
from penstock_wire.errors import DisconnectedError, ProtocolError, RefusedError, ResetError
from penstock_wire.exchange import Response
from penstock_wire.h2 import frames as f
from penstock_wire.h2.settings import settings_frame

OK = ((b":status", b"200"), (b"content-type", b"text/plain"))
REFUSED, CANCEL = 7, 8


def outcome(caller):
    (one,) = caller.outcomes
    if isinstance(one, Response):
        return one.status, one.headers, one.body(), one.trailers
    return type(one), str(one)


async def test_8_1_a_request_and_its_reply(caller):
    made = caller()
    made.call((b"abc", b"", bytearray(b"def")), single=((b"x-once", b"1"),))
    await settle()
    head, body = made.peer.replies()[1]
    assert head == [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", b"/"),
        (b":authority", b"x"),
        (b"te", b"trailers"),
        (b"x-once", b"1"),
    ]
    assert body == b"abcdef"
    peer = made.peer
    peer.send(peer.headers(1, ((b":status", b"103"), (b"link", b"x")), ended=False))
    peer.send(
        peer.headers(1, OK, ended=False), peer.data(1, b"hel", ended=False), peer.data(1, b"lo", ended=False)
    )
    peer.send(peer.headers(1, ((b"grpc-status", b"0"),)))
    assert outcome(made) == (200, OK[1:], b"hello", ((b"grpc-status", b"0"),))
    assert made.connection.streams == {}


async def test_8_1_a_reply_may_be_a_head_alone(caller):
    made = caller()
    made.call()
    made.peer.send(made.peer.headers(1, OK))
    assert outcome(made) == (200, OK[1:], b"", ())


async def test_4_3_blocks_that_repeat_are_a_byte_for_each_header(caller):
    made = caller()
    for _ in range(3):
        made.call(single=((b"x", b"1"),))
    made.connection.sender.flush()
    blocks = [one.payload for one in made.peer.take()]
    assert len(blocks[0]) > len(blocks[1])
    assert blocks[1] == blocks[2]


@pytest.mark.parametrize("size", [0, 100, 4096, 70_000])
async def test_6_5_2_the_table_is_as_small_as_the_server_wants(caller, size):
    made = caller(settings={1: size})
    made.peer.decoder.max_allowed_table_size = min(size, 4096)
    for _ in range(3):
        made.call(single=((b"x", b"1"),))
    made.connection.sender.flush()
    assert [len(one) for one in made.peer.replies().values()] == [1, 1, 1]
    made.peer.send(settings_frame({1: 0}))
    made.peer.take()
    made.peer.decoder.max_allowed_table_size = 0
    made.call()
    made.connection.sender.flush()
    assert made.peer.replies()[7][0][0] == (b":method", b"POST")


async def test_5_1_2_there_is_room_for_as_many_streams_as_the_server_takes(caller):
    made = caller(settings={3: 2})
    assert made.connection.room == 2
    made.call()
    assert made.connection.room == 1
    made.peer.send(settings_frame({3: 1}))
    assert made.connection.room == 0
    made.peer.send(made.peer.headers(1, OK))
    assert made.connection.room == 1
    assert made.events.count("changed") >= 2


async def test_5_2_a_large_request_waits_for_windows(caller):
    made = caller()
    made.call((bytes(100_000), bytes(50_000)))
    sent = made.peer.take() or (made.connection.sender.flush(), made.peer.take())[1]
    assert sum(len(one.payload) for one in sent if one.kind == f.DATA) == 65_535
    made.peer.send(f.window_update(0, 1 << 20))
    assert made.peer.take() == []
    made.peer.send(f.window_update(1, 1 << 20))
    rest = made.peer.take()
    assert sum(len(one.payload) for one in rest) == 150_000 - 65_535
    assert [one.flags for one in rest][-1] == f.END_STREAM


async def test_6_4_a_reset_is_told(caller):
    made = caller()
    made.call()
    made.peer.send(f.reset(1, 2))
    assert outcome(made) == (ResetError, "the stream was reset: error code 2")


async def test_8_7_a_refused_stream_may_be_sent_again(caller):
    made = caller()
    made.call()
    made.peer.send(f.reset(1, REFUSED))
    assert outcome(made) == (RefusedError, "the peer has refused it")


async def test_6_8_streams_above_the_last_may_be_sent_again_and_the_others_go_on(caller):
    made = caller()
    made.call()
    made.call()
    made.peer.send(f.goaway(1, 0))
    assert [type(one) for one in made.outcomes] == [RefusedError]
    assert str(made.outcomes[0]) == "the peer ends the connection"
    assert made.connection.room == 0
    made.peer.send(made.peer.headers(1, OK))
    assert made.outcomes[1].status == 200
    await settle()
    assert made.peer.transport.closed
    assert made.events[-1] == "lost"


async def test_6_8_the_servers_reason_is_told(caller):
    made = caller()
    made.call()
    made.peer.send(f.goaway(0, 11, b"too_many_pings"))
    assert outcome(made) == (
        RefusedError,
        "the peer has ended the connection: error code 11 'too_many_pings'",
    )


async def test_a_connection_that_ends_is_told(caller):
    made = caller()
    made.call()
    made.peer.transport.close()
    await settle()
    assert outcome(made) == (DisconnectedError, "the peer has closed the connection")
    assert made.connection.room == 0


async def test_a_cancelled_request_is_reset_and_its_reply_ignored(caller):
    made = caller()
    number = made.call()
    made.connection.cancel(number)
    made.connection.cancel(number)
    await settle()
    assert made.peer.replies()[1][-1] == CANCEL
    made.peer.send(made.peer.headers(1, OK, ended=False), made.peer.data(1, b"late"))
    assert made.outcomes == []
    assert not made.peer.transport.closed


async def test_8_1_a_reply_before_the_end_of_the_request_ends_it(caller):
    made = caller()
    made.call((bytes(100_000),))
    made.peer.send(made.peer.headers(1, OK))
    assert made.outcomes[0].status == 200
    assert made.peer.replies()[1][-1] == 0


async def test_a_reply_that_is_too_large_is_given_up(caller):
    made = caller(max_body=10)
    made.call()
    made.peer.send(made.peer.headers(1, OK, ended=False), made.peer.data(1, bytes(11)))
    assert outcome(made) == (ProtocolError, "the response is larger than allowed")


WRONG = {
    "8.1 trailers that go on": lambda peer: peer.headers(1, OK, ended=False) + peer.headers(1, ((b"a", b"b"),), ended=False),
    "8.1 data before the head": lambda peer: peer.data(1, b"x"),
    "8.1.1 less than announced": lambda peer: peer.headers(1, (*OK, (b"content-length", b"5"))),
    "8.3.2 no status": lambda peer: peer.headers(1, OK[1:]),
    "8.3.2 no number": lambda peer: peer.headers(1, ((b":status", b"abc"),)),
    "8.3.2 a request's pseudo-header": lambda peer: peer.headers(1, (*OK[:1], (b":path", b"/"))),
    "8.6 switching protocols": lambda peer: peer.headers(1, ((b":status", b"101"),), ended=False),
    "8.1 an interim reply that ends": lambda peer: peer.headers(1, ((b":status", b"100"),)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_a_malformed_reply_is_a_stream_error(caller, name):
    made = caller()
    made.call()
    made.peer.send(WRONG[name](made.peer))
    assert outcome(made) == (ResetError, "the stream was reset: error code 1")
    assert not made.peer.transport.closed


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (f.frame(f.HEADERS, 5, 2, b"\x88"), "a reply to no request: 2"),
        (f.frame(f.HEADERS, 5, 9, b"\x88"), "a reply to no request: 9"),
        (f.frame(f.PUSH_PROMISE, 4, 1, bytes(4) + b"\x82"), "a push, which was not allowed"),
        (settings_frame({2: 1}), "a server that wants to be pushed to"),
    ],
)
async def test_what_a_server_must_not_do_ends_the_connection(caller, sent, reason):
    made = caller()
    made.call()
    made.peer.send(sent)
    assert made.peer.goaway()[1:] == (1, reason)
    await settle()
    assert outcome(made) == (DisconnectedError, reason)


async def test_6_7_a_ping_asks_for_a_sign_of_life(caller):
    made = caller()
    made.connection.ping()
    await settle()
    (ping,) = made.peer.take()
    assert made.connection.pinged_at == 0.0
    made.peer.send(f.frame(f.PING, f.ACK, 0, ping.payload))
    assert made.connection.pinged_at is None


async def test_draining_waits_for_replies(caller):
    made = caller()
    made.call()
    made.connection.drain()
    assert not made.peer.transport.closed
    made.peer.send(made.peer.headers(1, OK))
    assert made.peer.transport.closed
