"""A request that comes in one piece, with a head that came before, means what it means in many pieces."""

import asyncio

import pytest

from penstock_testkit import settle
from penstock_wire.exchange import Response
from penstock_wire.h2 import frames as f

POST = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"x"))
LIMITS = {"max_body": 1_000, "max_in_flight": 2_000, "max_concurrent_streams": 3, "connection_window": 65_535}


def reply(request):
    return Response(200, ((b"x-size", b"%d" % request.size),), (request.body()[:10],), ((b"x-end", b"1"),))


async def reply_later(request):
    await asyncio.sleep(0)
    return reply(request)


async def never(request):
    await asyncio.Event().wait()


def fail(request):
    raise KeyError("no")


def large(request):
    return Response(200, (), (bytes(100_000),))


def message(peer, number, size, *more, ended=True):
    return peer.headers(number, (*POST, *more), ended=False) + peer.data(number, b"a" * size, ended=ended)


def opening(peer, number, credit, *, of=None):
    """As grpcio sends it: the window of the stream is opened before the message."""
    head = peer.headers(number, POST, ended=False)
    return head + f.window_update(of or number, credit) + peer.data(number, b"abc")


SCENARIOS = {
    "a window opened": lambda peer: [opening(peer, 5, 5), opening(peer, 7, 1 << 20)],
    "a window opened to no end": lambda peer: [opening(peer, 5, 2**31 - 1)],
    "a window opened by nothing": lambda peer: [opening(peer, 5, 0)],
    "a window of another": lambda peer: [opening(peer, 5, 5, of=3), opening(peer, 7, 5, of=9)],
    "windows opened again and again": lambda peer: [opening(peer, number, 1) for number in range(5, 405, 2)],
    "small": lambda peer: [message(peer, 5, 1)],
    "the largest": lambda peer: [message(peer, 5, 1_000)],
    "too large": lambda peer: [message(peer, 5, 1_001)],
    "empty": lambda peer: [message(peer, 5, 0)],
    "a right length": lambda peer: (
        [message(peer, 5, 7, (b"content-length", b"7"))] * 1
        + [message(peer, 7, 7, (b"content-length", b"7"))]
    ),
    "a wrong length": lambda peer: [message(peer, number, 6, (b"content-length", b"7")) for number in (5, 7)],
    "not ended": lambda peer: [message(peer, 5, 3, ended=False), peer.data(5, b"bc")],
    "with trailers": lambda peer: [message(peer, 5, 3, ended=False) + peer.headers(5, ((b"x-t", b"1"),))],
    "a number of before": lambda peer: [message(peer, 3, 3)],
    "an even number": lambda peer: [message(peer, 6, 3)],
    "data of another": lambda peer: [peer.headers(5, POST, ended=False) + peer.data(7, b"a")],
    "several": lambda peer: [b"".join(message(peer, number, 400) for number in range(5, 25, 2))],
    "until a window is used up": lambda peer: [message(peer, number, 1_000) for number in range(5, 151, 2)],
    "a head that is none": lambda peer: [
        peer.headers(number, POST[:2], ended=False) + peer.data(number, b"a") for number in (5, 7)
    ],
    "padded": lambda peer: [
        peer.headers(5, POST, ended=False) + f.frame(f.DATA, f.END_STREAM | f.PADDED, 5, b"\2ab\0\0")
    ],
    "with a reset": lambda peer: [message(peer, 5, 3) + f.reset(5, 8)],
    "after a farewell": lambda peer: [peer.connection.drain() or b"", message(peer, 5, 3)],
}


def outcome(peer):
    return [(one.kind, one.flags, one.stream, one.payload) for one in peer.take()]


async def live(made, scenario, size, window):
    """What a server writes, when it is sent a scenario in pieces of `size` bytes."""
    peer = made.peer(settings={4: window})
    for number in (1, 3):  # the head is known from now on
        peer.send(message(peer, number, 3))
    await settle()
    written = outcome(peer)
    for part in scenario(peer):
        for at in range(0, len(part), size):
            if not peer.transport.closed:
                peer.send(part[at : at + size])
        await settle()
        written += outcome(peer)
    await made.clock.advance(2)
    state = (sorted(peer.connection.streams), made.service.budget.used, made.service.budget.running)
    written += outcome(peer)
    peer.connection.abort()
    await settle()
    assert (made.service.budget.used, made.service.budget.running) == (0, 0)
    return written, state


@pytest.mark.parametrize("window", [0, 65_535])
@pytest.mark.parametrize("handler", [reply, reply_later, never, fail, large])
@pytest.mark.parametrize("name", SCENARIOS)
async def test_it_does_not_matter_in_how_many_pieces_a_request_comes(site, name, handler, window):
    seen = []
    for size in (1 << 20, 300, 1):
        made = site(handler, **LIMITS)
        made_of = await live(made, SCENARIOS[name], size, window)
        seen.append(
            (made_of, [(one.size, one.body(), one.peer) for one in made.requests], len(made.failures))
        )
    assert seen[0] == seen[1]
    assert seen[0] == seen[2]


async def test_it_is_handled_at_once(site):
    made = site(reply)
    peer = made.peer()
    for number in (1, 3, 5):
        peer.send(message(peer, number, 3))
        peer.take()
    assert [len(request.parts) for request in made.requests] == [1, 1, 1]
    assert type(made.requests[-1].parts) is tuple, "it went through a stream"
