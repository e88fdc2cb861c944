"""What clients may try to make a server work, wait or remember without end."""

import asyncio

import pytest
from hpack import Encoder

from penstock_testkit import settle
from penstock_wire.exchange import Response
from penstock_wire.h2 import frames as f
from penstock_wire.h2.settings import settings_frame

GET = ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"x"))
POST = ((b":method", b"POST"), *GET[1:])
CALM = 11
MANY = "too many frames that carry nothing"


async def wait(_request):
    await asyncio.Event().wait()


async def test_rapid_reset_ends_the_connection_and_every_handler(site):
    made = site(wait)
    peer = made.peer()
    for number in range(1, 2_003, 2):
        peer.send(peer.headers(number), f.reset(number, 8))
    assert peer.goaway() == (2_001, CALM, "too many streams are reset")
    await settle()
    assert made.service.budget.running == 0


async def test_making_the_server_reset_counts_as_well(site):
    peer = site(wait).peer()
    for number in range(1, 2_003, 2):
        peer.send(peer.headers(number), f.window_update(number, 0))
    assert peer.goaway()[1:] == (CALM, "too many streams are reset")


async def test_resets_are_forgiven_with_time(site):
    made = site(wait)
    peer = made.peer()
    for number in range(1, 4_001, 2):
        if number % 500 == 1:
            await made.clock.advance(60)
        peer.send(peer.headers(number), f.reset(number, 8))
    assert not peer.transport.closed


async def test_handlers_that_go_on_after_a_reset_take_up_the_room_of_streams(site):
    made = site(wait, max_concurrent_streams=2, cancels=False)
    peer = made.peer()
    peer.send(peer.headers(1), peer.headers(3), f.reset(1, 8), f.reset(3, 8), peer.headers(5))
    assert peer.replies() == {5: [7]}


async def test_a_flood_of_continuations_ends_the_connection(peer):
    peer.send(f.frame(f.HEADERS, 0, 1, b"\x82"))
    peer.send(*(f.frame(f.CONTINUATION, 0, 1, b"") for _ in range(17)))
    assert peer.goaway()[1:] == (CALM, "the field block is too large")


async def test_a_block_that_grows_without_end_ends_the_connection(site):
    peer = site(max_header_bytes=20_000).peer()
    peer.send(f.frame(f.HEADERS, 0, 1, bytes(16_000)), f.frame(f.CONTINUATION, 0, 1, bytes(4_001)))
    assert peer.goaway()[1:] == (CALM, "the field block is too large")


async def test_a_small_block_that_becomes_a_large_list_ends_the_connection(site):
    peer = site().peer()
    encoder = Encoder()
    first = encoder.encode((*GET, (b"x", b"y" * 4_000)))
    bomb = encoder.encode((*GET, *((b"x", b"y" * 4_000),) * 16_000))
    assert len(bomb) < 16_384
    peer.send(f.frame(f.HEADERS, 5, 1, first), f.frame(f.HEADERS, 5, 3, bomb))
    assert peer.goaway() == (1, CALM, "the list of headers is too large")


FLOODS = {
    "SETTINGS": settings_frame({}),
    "SETTINGS acknowledged": f.frame(f.SETTINGS, f.ACK, 0),
    "PING answered": f.frame(f.PING, f.ACK, 0, bytes(8)),
    "PRIORITY": f.frame(f.PRIORITY, 0, 1, b"\0\0\0\3\0"),
    "tiny WINDOW_UPDATE": f.window_update(0, 1),
    "unknown frames": f.frame(0x77, 0, 0),
    "GOAWAY": f.goaway(0, 0),
}


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_of_frames_that_carry_nothing_ends_the_connection(peer, name):
    peer.send(FLOODS[name] * 1_001)
    assert peer.goaway()[1:] == (CALM, MANY)


@pytest.mark.parametrize("flags", [0, f.PADDED])
async def test_a_flood_of_empty_data_ends_the_connection(peer, flags):
    empty = f.frame(f.DATA, flags, 1, b"\0" if flags else b"")
    peer.send(peer.headers(1, POST, ended=False), empty * 1_001)
    assert peer.goaway()[1:] == (CALM, MANY)


async def test_a_flood_of_pings_ends_the_connection(site):
    made = site(min_ping_interval=0)
    peer = made.peer()
    peer.send(f.frame(f.PING, 0, 0, bytes(8)) * 1_001)
    assert peer.goaway()[1:] == (CALM, MANY)


async def test_pings_along_with_requests_are_forgiven(peer):
    for number in range(1, 6_001, 2):
        peer.send(f.frame(f.PING, 0, 0, bytes(8)), peer.headers(number))
        peer.take()
    assert not peer.transport.closed


async def test_who_pings_too_often_is_disconnected(site):
    made = site(min_ping_interval=10, permit_idle_pings=True)
    peer = made.peer()
    for _ in range(5):
        await made.clock.advance(10)
        peer.send(f.frame(f.PING, 0, 0, bytes(8)))
    for _ in range(2):
        peer.send(f.frame(f.PING, 0, 0, bytes(8)))
    assert not peer.transport.closed
    peer.send(f.frame(f.PING, 0, 0, bytes(8)))
    assert peer.goaway() == (0, CALM, "too_many_pings")


async def test_who_pings_without_a_request_is_disconnected_unless_it_may(site):
    made = site(min_ping_interval=10)
    peer = made.peer()
    for _ in range(4):
        await made.clock.advance(10)
        peer.send(f.frame(f.PING, 0, 0, bytes(8)))
    assert peer.goaway()[2] == "too_many_pings"


async def test_a_client_that_never_opens_its_window_is_given_up(site):
    made = site(lambda _request: Response(200, (), (bytes(10),)), write_timeout=8)
    peer = made.peer(settings={4: 0})
    peer.send(peer.headers(1))
    await made.clock.advance(6)
    assert peer.replies() == {1: [[(b":status", b"200")]]}
    await made.clock.advance(4)
    assert peer.replies() == {1: [8]}
    assert not peer.connection.streams


async def test_a_client_that_reads_nothing_is_read_no_more_and_then_cut_off(site):
    made = site(write_timeout=8)
    peer = made.peer()
    peer.connection.pause_writing()
    assert peer.transport.paused
    peer.connection.resume_writing()
    assert not peer.transport.paused
    peer.connection.pause_writing()
    await made.clock.advance(10)
    assert peer.transport.aborted


@pytest.mark.parametrize("sent", [b"", f.PREFACE[:10], f.PREFACE])
async def test_a_connection_that_does_not_begin_is_cut_off(site, sent):
    made = site(header_timeout=8)
    peer = made.peer(greet=False)
    if sent:
        peer.send(sent)
    await made.clock.advance(6)
    assert not peer.transport.closed
    await made.clock.advance(4)
    assert peer.transport.aborted


@pytest.mark.parametrize(
    "sent", [b"\0", f.frame(f.HEADERS, 4, 1, b"\x82")[:9], f.frame(f.HEADERS, 0, 1, b"\x82")]
)
async def test_a_head_that_comes_drop_by_drop_is_cut_off(site, sent):
    made = site(header_timeout=8)
    peer = made.peer()
    peer.send(sent)
    await made.clock.advance(10)
    assert peer.goaway()[1:] == (CALM, "the rest of a frame does not come")


async def test_a_body_that_comes_drop_by_drop_is_given_up(site):
    made = site(read_timeout=8)
    peer = made.peer()
    peer.send(peer.headers(1, POST, ended=False))
    for _ in range(5):
        peer.send(peer.data(1, b"x", ended=False))
        await made.clock.advance(2)
    assert peer.replies() == {1: [8]}
    assert made.service.budget.used == 0


async def test_a_body_that_is_too_large_is_refused_while_it_is_read(site):
    made = site(max_body=1_000)
    peer = made.peer()
    peer.send(peer.headers(1, POST, ended=False), peer.data(1, bytes(1_001), ended=False))
    head, body, code = peer.replies()[1]
    assert (head[0], body, code) == ((b":status", b"413"), b"413 content too large\n", 0)
    peer.send(peer.data(1, bytes(500)), peer.headers(3))
    assert list(peer.replies()) == [3]
    assert (made.service.budget.used, len(made.requests)) == (0, 1)


async def test_a_body_announced_as_too_large_is_refused_at_once(site):
    peer = site(max_body=1_000).peer()
    peer.send(peer.headers(1, (*POST, (b"content-length", b"1001")), ended=False))
    assert peer.replies()[1][0][0] == (b":status", b"413")


async def test_reading_pauses_while_too_much_is_in_flight(site):
    go_on = asyncio.Event()

    async def slow(_request):
        await go_on.wait()
        return Response(204)

    made = site(slow, max_in_flight=1_000)
    first, second = made.peer(), made.peer()
    first.send(first.headers(1, POST, ended=False), first.data(1, bytes(900)))
    second.send(second.headers(1, POST, ended=False), second.data(1, bytes(200), ended=False))
    assert (first.transport.paused, second.transport.paused) == (False, True)
    second.connection.resume_writing()
    assert second.transport.paused
    go_on.set()
    await settle()
    assert not second.transport.paused
    second.send(second.data(1))
    await settle()
    assert made.service.budget.used == 0
    assert second.replies() == {1: [[(b":status", b"204")]]}


async def test_requests_that_never_end_cannot_fill_the_server_for_ever(site):
    made = site(max_in_flight=1_000)
    peers = [made.peer() for _ in range(3)]
    for peer in peers:
        peer.send(peer.headers(1, POST, ended=False), peer.data(1, bytes(450), ended=False))
    assert peers[2].replies()[1][0][0] == (b":status", b"503")
    assert (made.service.budget.used, peers[2].transport.paused) == (900, False)


async def test_small_pieces_of_a_body_do_not_keep_large_buffers(site):
    made = site()
    peer = made.peer()
    peer.send(
        peer.headers(1, POST, ended=False),
        peer.data(1, b"x", ended=False),
        peer.headers(3) * 0 + f.frame(0x77, 0, 0, bytes(16_000)),
    )
    assert type(peer.connection.streams[1].parts[0]) is bytes


async def test_an_idle_connection_is_closed_after_its_time(site):
    made = site(idle_timeout=8)
    peer = made.peer()
    await made.clock.advance(6)
    peer.send(peer.headers(1))
    peer.take()
    await made.clock.advance(6)
    assert peer.take() == []
    await made.clock.advance(4)
    assert peer.transport.closed


async def test_a_silent_client_is_pinged_and_cut_off_when_it_does_not_answer(site):
    made = site(keepalive_time=8, keepalive_timeout=4, min_ping_interval=0)
    peer = made.peer()
    await made.clock.advance(9)
    (ping,) = peer.take()
    peer.send(f.frame(f.PING, f.ACK, 0, ping.payload))
    await made.clock.advance(7)
    assert peer.take() == []
    await made.clock.advance(2)
    assert [one.kind for one in peer.take()] == [f.PING]
    await made.clock.advance(5)
    assert peer.transport.aborted


async def test_a_connection_that_is_too_old_ends_with_its_requests_or_after_its_grace(site):
    made = site(wait, max_age=20, max_age_grace=8)
    busy, idle = made.peer(), made.peer()
    busy.send(busy.headers(1))
    await made.clock.advance(17)
    assert busy.take() == []
    await made.clock.advance(8)
    assert (idle.transport.closed, busy.transport.closed) == (True, False)
    await made.clock.advance(10)
    assert busy.transport.aborted


async def test_a_client_that_does_not_read_why_it_is_closed_is_cut_off(site):
    made = site()
    peer = made.peer()
    peer.transport.close = lambda: None
    peer.send(f.frame(f.PING, 0, 1, bytes(8)))
    await made.clock.advance(11)
    assert peer.transport.aborted
