"""RFC 9113, the server: what it does with clients that keep to it."""

import asyncio

import pytest

from penstock_testkit import settle
from penstock_wire.exchange import Response
from penstock_wire.h2 import frames as f
from penstock_wire.h2.settings import settings_frame

GET = ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"x"))
POST = ((b":method", b"POST"), *GET[1:])
HEAD = [(b":status", b"200"), (b"content-type", b"text/plain")]
END = [(b"x-end", b"1")]
HELLO = [HEAD, b"hello", END]


async def test_3_4_the_server_greets_with_its_limits(site):
    made = site(
        max_concurrent_streams=7, stream_window=70_000, max_header_bytes=9_000, connection_window=100_000
    )
    peer = made.peer(greet=False)
    await settle()
    greeting = peer.take()
    assert [one.kind for one in greeting] == [f.SETTINGS, f.WINDOW_UPDATE]
    assert greeting[0].payload == settings_frame({3: 7, 4: 70_000, 6: 9_000})[9:]
    assert int.from_bytes(greeting[1].payload, "big") == 100_000 - 65_535


async def test_3_4_the_preface_may_come_byte_by_byte(site):
    peer = site().peer(greet=False)
    for byte in f.PREFACE + settings_frame({}) + peer.headers(1):
        peer.send(bytes((byte,)))
    assert peer.replies() == {1: HELLO}


async def test_4_1_frames_of_unknown_type_and_unknown_flags_are_ignored(peer):
    peer.send(f.frame(0x99, 0xFF, 77, b"what"), peer.headers(1, flags=f.END_HEADERS | 0x50))
    assert peer.replies() == {1: HELLO}


async def test_4_1_the_reserved_bit_is_ignored(peer):
    peer.send(peer.headers(1 | 1 << 31))
    assert peer.replies() == {1: HELLO}


@pytest.mark.parametrize("cut", [1, 2, 7, 8, 9, 10, 11, 50, 200])
async def test_frames_may_be_cut_anywhere(site, cut):
    made = site()
    peer = made.peer()
    sent = peer.headers(1, POST, ended=False) + peer.data(1, b"abc" * 50, ended=False) + peer.data(1, b"def")
    for at in range(0, len(sent), cut):
        peer.send(sent[at : at + cut])
    assert made.requests[0].body() == b"abc" * 50 + b"def"
    assert peer.replies() == {1: HELLO}


async def test_4_3_a_block_may_be_continued(site):
    made = site()
    peer = made.peer()
    block = peer.encoder.encode(GET)
    peer.send(f.frame(f.HEADERS, f.END_STREAM, 1, block[:3]), f.frame(f.CONTINUATION, 0, 1, block[3:5]))
    assert made.requests == []
    peer.send(f.frame(f.CONTINUATION, f.END_HEADERS, 1, block[5:]))
    assert made.requests[0].head.path == b"/"


async def test_4_3_the_table_is_shared_by_all_blocks(site):
    made = site()
    peer = made.peer()
    for number, agent in ((1, b"a"), (3, b"a"), (5, b"b"), (7, b"a")):
        peer.send(peer.headers(number, (*GET, (b"user-agent", agent))))
    assert [one.head.headers for one in made.requests] == [
        ((b"user-agent", one),) for one in (b"a", b"a", b"b", b"a")
    ]


async def test_5_1_many_streams_are_answered_each_on_its_own(site):
    answers = {}

    async def later(request):
        answers[request.head.path] = asyncio.get_running_loop().create_future()
        return await answers[request.head.path]

    peer = site(later).peer()
    paths = (b"/1", b"/2", b"/3")
    for number, path in zip((1, 3, 5), paths, strict=True):
        peer.send(peer.headers(number, (*GET[:2], (b":path", path), GET[3])))
    await settle()
    for path in reversed(paths):
        answers[path].set_result(Response(200, (), (path,)))
    await settle()
    head = [(b":status", b"200")]
    assert list(peer.replies().items()) == [(5, [head, b"/3"]), (3, [head, b"/2"]), (1, [head, b"/1"])]


async def test_replies_of_one_turn_leave_in_one_write(peer):
    before = peer.transport.writes
    peer.send(*(peer.headers(number) for number in range(1, 41, 2)))
    assert peer.transport.writes == before + 1
    assert len(peer.replies()) == 20


async def test_5_2_a_reply_waits_for_the_streams_window(site):
    peer = site(lambda _request: Response(200, (), (b"0123456789",), tuple(END))).peer(settings={4: 3})
    peer.send(peer.headers(1))
    head = [(b":status", b"200")]
    assert peer.replies() == {1: [head, b"012"]}
    peer.send(f.window_update(1, 4))
    assert peer.replies() == {1: [b"3456"]}
    peer.send(settings_frame({4: 6}))
    assert peer.replies() == {1: [b"789", END]}


async def test_5_2_a_reply_waits_for_the_connections_window(site):
    made = site(lambda _request: Response(200, (), (bytes(40_000), bytes(40_000))))
    peer = made.peer(settings={4: 1 << 20})
    peer.send(peer.headers(1), peer.headers(3))
    sent = peer.take()
    assert sum(len(one.payload) for one in sent if one.kind == f.DATA) == 65_535
    assert max(len(one.payload) for one in sent) == f.MAX_FRAME
    peer.send(f.window_update(0, 1 << 20))
    rest = peer.take()
    assert sum(len(one.payload) for one in rest if one.kind == f.DATA) == 160_000 - 65_535
    assert {one.stream for one in rest if one.flags & f.END_STREAM} == {1, 3}
    assert made.service.budget.used == 0


async def test_6_5_2_larger_frames_are_sent_to_those_who_take_them(site):
    peer = site(lambda _request: Response(200, (), (bytes(50_000),))).peer(settings={5: 60_000, 4: 1 << 20})
    peer.send(peer.headers(1))
    assert [len(one.payload) for one in peer.take() if one.kind == f.DATA] == [50_000]


async def test_5_2_windows_are_given_back_as_a_body_is_read(site):
    peer = site(stream_window=40_000, connection_window=65_535).peer()
    peer.send(peer.headers(1, POST, ended=False))
    for _ in range(20):
        peer.send(peer.data(1, bytes(10_000), ended=False))
    updates = [(one.stream, int.from_bytes(one.payload, "big")) for one in peer.take()]
    assert sum(size for number, size in updates if number == 1) >= 160_000
    assert sum(size for number, size in updates if number == 0) >= 134_000


async def test_6_1_padding_counts_for_the_window_and_not_for_the_body(site):
    made = site()
    peer = made.peer()
    peer.send(
        peer.headers(1, POST, ended=False), f.frame(f.DATA, f.PADDED | f.END_STREAM, 1, b"\x04abc" + bytes(4))
    )
    assert made.requests[0].body() == b"abc"
    assert peer.connection._granted == made.service.limits.connection_window - 8


async def test_6_1_padding_may_be_all_there_is(site):
    made = site()
    peer = made.peer()
    peer.send(
        peer.headers(1, POST, ended=False), f.frame(f.DATA, f.PADDED | f.END_STREAM, 1, b"\x02" + bytes(2))
    )
    assert made.requests[0].body() == b""


async def test_6_2_headers_may_be_padded_and_have_a_priority(site):
    made = site()
    peer = made.peer()
    payload = b"\x03" + b"\0\0\0\0\x10" + peer.encoder.encode(GET) + bytes(3)
    peer.send(f.frame(f.HEADERS, f.PADDED | f.PRIORITY_FLAG | f.END_HEADERS | f.END_STREAM, 1, payload))
    assert made.requests[0].head.method == b"GET"


async def test_6_3_priorities_are_ignored_even_of_idle_streams(peer):
    peer.send(f.frame(f.PRIORITY, 0, 9, b"\0\0\0\1\x10"), peer.headers(1))
    assert peer.replies() == {1: HELLO}


async def test_6_4_a_reset_ends_the_handler(site):
    ended = []

    async def wait(_request):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    made = site(wait)
    peer = made.peer()
    peer.send(peer.headers(1))
    peer.send(f.reset(1, 8))
    await settle()
    assert ended == [True]
    assert peer.replies() == {}
    assert made.service.budget.running == 0


async def test_a_handler_may_be_left_to_end_by_itself(site):
    go_on = asyncio.Event()

    async def wait(_request):
        await go_on.wait()
        return Response(200)

    made = site(wait, cancels=False)
    peer = made.peer()
    peer.send(peer.headers(1))
    peer.send(f.reset(1, 8))
    await settle()
    assert made.service.budget.running == 1
    go_on.set()
    await settle()
    assert (made.service.budget.running, peer.take()) == (0, [])


async def test_6_5_settings_are_acknowledged(peer):
    peer.send(settings_frame({1: 4096, 99: 1}))
    (answer,) = peer.take()
    assert (answer.kind, answer.flags, answer.payload) == (f.SETTINGS, f.ACK, b"")


async def test_6_5_a_smaller_table_is_confirmed_in_the_next_block(site):
    peer = site().peer(settings={1: 0})
    peer.send(peer.headers(1), peer.headers(3))
    first, second = (
        one.payload for one in peer.take() if one.kind == f.HEADERS and one.flags == f.END_HEADERS
    )
    assert first == b"\x20" + second


async def test_6_7_a_ping_is_answered_with_what_it_carries(peer):
    peer.send(f.frame(f.PING, 0, 0, b"12345678"))
    (answer,) = peer.take()
    assert (answer.kind, answer.flags, answer.payload) == (f.PING, f.ACK, b"12345678")


async def test_6_8_a_farewell_of_the_client_changes_nothing_for_its_streams(peer):
    peer.send(f.goaway(0, 0), peer.headers(1))
    assert peer.replies() == {1: HELLO}


async def test_6_8_draining_takes_what_is_on_its_way_and_then_says_what_was_last(site):
    made = site()
    peer = made.peer()
    made.service.drain()
    await settle()
    farewell, ping = peer.take()
    assert (farewell.kind, farewell.payload[:4]) == (f.GOAWAY, b"\x7f\xff\xff\xff")
    peer.send(peer.headers(1))
    assert peer.replies() == {1: HELLO}
    peer.send(f.frame(f.PING, f.ACK, 0, ping.payload))
    assert peer.goaway() == (1, 0, "")
    await settle()
    assert peer.transport.closed
    assert not made.service.connections


async def test_6_8_a_client_that_does_not_answer_is_drained_after_a_second(site):
    made = site()
    peer = made.peer()
    made.service.drain()
    await made.clock.advance(1)
    assert peer.goaway() == (0, 0, "")
    assert peer.transport.closed


async def test_6_8_streams_after_the_farewell_are_ignored_and_those_before_finished(site):
    go_on = asyncio.Event()

    async def wait(_request):
        await go_on.wait()
        return Response(204)

    made = site(wait)
    peer = made.peer()
    peer.send(peer.headers(1))
    made.service.drain()
    await settle()
    late = peer.headers(3, POST, ended=False), peer.data(3, b"late")
    peer.send(f.frame(f.PING, f.ACK, 0, b"draining"), *late)
    assert not peer.transport.closed
    assert peer.goaway() == (1, 0, "")
    go_on.set()
    await settle()
    assert peer.replies() == {1: [[(b":status", b"204")]]}
    assert peer.transport.closed


async def test_a_connection_without_a_beginning_is_closed_at_once(site):
    made = site()
    peer = made.peer(greet=False)
    made.service.drain()
    await settle()
    assert peer.transport.closed


async def test_8_1_trailers_end_a_request(site):
    made = site()
    peer = made.peer()
    peer.send(
        peer.headers(1, POST, ended=False), peer.data(1, b"x", ended=False), peer.headers(1, ((b"a", b"b"),))
    )
    assert (made.requests[0].body(), made.requests[0].trailers) == (b"x", ((b"a", b"b"),))


async def test_8_1_1_what_is_announced_and_comes_is_right(site):
    made = site()
    peer = made.peer()
    peer.send(peer.headers(1, (*POST, (b"content-length", b"3")), ended=False), peer.data(1, b"abc"))
    assert made.requests[0].head.length == 3


async def test_8_3_1_asterisk_and_connect_are_requests(site):
    made = site()
    peer = made.peer()
    peer.send(peer.headers(1, ((b":method", b"OPTIONS"), GET[1], (b":path", b"*"), GET[3])))
    peer.send(peer.headers(3, ((b":method", b"CONNECT"), GET[3])))
    assert [one.head.path for one in made.requests] == [b"*", b""]


async def test_8_3_1_host_stands_in_for_the_authority(site):
    made = site()
    peer = made.peer()
    peer.send(peer.headers(1, (*GET[:3], (b"host", b"y"))))
    assert made.requests[0].head.authority == b"y"


async def test_a_reply_with_a_large_head_is_continued(site):
    peer = site(lambda _request: Response(200, ((b"x", b"y" * 40_000),))).peer()
    peer.send(peer.headers(1))
    kinds = [(one.kind, one.flags) for one in peer.take()]
    assert kinds == [(f.HEADERS, f.END_STREAM), (f.CONTINUATION, 0), (f.CONTINUATION, f.END_HEADERS)]


@pytest.mark.parametrize("late", [False, True])
async def test_a_handler_that_raises_is_an_internal_error(site, late):
    async def boom(_request):
        await asyncio.sleep(0)
        raise KeyError

    def boom_now(_request):
        raise KeyError

    made = site(boom if late else boom_now)
    peer = made.peer()
    peer.send(peer.headers(1))
    await settle()
    head, body = peer.replies()[1]
    assert (head[0], body) == ((b":status", b"500"), b"500 internal server error\n")
    assert [type(one) for one in made.failures] == [KeyError]


async def test_who_is_too_late_is_told_so_and_the_handler_ended(site):
    async def wait(_request):
        await asyncio.Event().wait()

    made = site(wait, timeout=lambda _head: 3.0)
    peer = made.peer()
    peer.send(peer.headers(1))
    await made.clock.advance(3)
    assert peer.replies()[1][0][0] == (b":status", b"504")
    assert made.service.budget.running == 0


async def test_who_is_too_late_is_told_so_once(site):
    go_on = asyncio.Event()

    async def wait(_request):
        await go_on.wait()
        return Response(200)

    made = site(wait, timeout=lambda _head: 3.0, cancels=False)
    peer = made.peer(settings={4: 0})
    peer.send(peer.headers(1))
    await made.clock.advance(3)
    go_on.set()
    await settle()
    peer.send(f.window_update(1, 100))
    head, body = peer.replies()[1]
    assert (head[0], body) == ((b":status", b"504"), b"504 refused\n")
    assert not peer.connection.streams


async def test_a_client_that_goes_away_leaves_nothing_behind(site):
    async def wait(_request):
        await asyncio.Event().wait()

    made = site(wait)
    peer = made.peer()
    peer.send(
        peer.headers(1, POST, ended=False), peer.data(1, bytes(100)), peer.headers(3, POST, ended=False)
    )
    peer.send(peer.data(3, bytes(50), ended=False))
    assert (made.service.budget.used, made.service.budget.running) == (150, 1)
    peer.transport.close()
    await settle()
    assert (made.service.budget.used, made.service.budget.running) == (0, 0)
    assert not made.service.connections
    assert made.clock.waiting == 0


async def test_connections_beyond_the_limit_are_closed(site):
    made = site(max_connections=1)
    made.peer()
    second = made.peer(greet=False)
    assert second.transport.aborted
    await settle()
    assert len(made.service.connections) == 1


EXPECTING = ((b":method", b"POST"), *GET[1:], (b"expect", b"100-continue"))


async def test_who_waits_to_be_told_to_send_is_told_rfc9110_10_1_1(peer):
    for number in (1, 3):
        peer.send(peer.headers(number, EXPECTING, ended=False))
        assert peer.replies() == {number: [[(b":status", b"100")]]}
        peer.send(peer.data(number, b"body"))
        assert peer.replies()[number][0][0] == (b":status", b"200")


async def test_a_body_that_is_too_large_is_not_asked_for(site):
    peer = site(max_body=10).peer()
    peer.send(peer.headers(1, (*EXPECTING, (b"content-length", b"11")), ended=False))
    assert peer.replies()[1][0][0] == (b":status", b"413")


async def test_a_body_that_comes_along_is_not_asked_for(peer):
    for number in (1, 3, 5):
        peer.send(peer.headers(number, EXPECTING, ended=False), peer.data(number, b"body"))
    assert peer.replies()[5][0][0] == (b":status", b"200")
