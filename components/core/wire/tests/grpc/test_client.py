"""What a call of a client becomes, and what a reply means."""

import asyncio
import gzip

import pytest

from penstock_testkit import FakeClock, settle
from penstock_wire.errors import DisconnectedError, ProtocolError, RefusedError, ResetError
from penstock_wire.exchange import Response
from penstock_wire.grpc.client import CallError, GrpcMethod
from penstock_wire.grpc.framing import prefix
from penstock_wire.grpc.server import failure, success

TYPE = (b"content-type", b"application/grpc")


class FakePool:
    """Answers every request with `outcome`, or never."""

    def __init__(self, outcome=None):
        self.outcome, self.requests = outcome, []

    async def request(self, head, parts):
        self.requests.append((head, b"".join(parts)))
        if self.outcome is None:
            await asyncio.Event().wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def method(outcome=None, **options):
    pool, clock = FakePool(outcome), FakeClock()
    made = GrpcMethod(pool, "/s/m", clock=clock, authority="host:1", **options)
    return made, pool, clock


async def status(outcome):
    with pytest.raises(CallError) as caught:
        await method(outcome)[0].call((b"",))
    return caught.value


async def test_a_call_has_the_heads_that_grpc_asks_for():
    made, pool, _ = method(
        success(b"pong"),
        user_agent="me",
        timeout=1.5,
        coding="gzip",
        metadata=((b"x-tenant", b"a"), (b"x-bin", b"\xff")),
        is_secure=True,
    )
    assert await made.call((b"pi", b"ng")) == b"pong"
    ((head, body),) = pool.requests
    assert (head.method, head.path, head.authority, head.scheme) == (b"POST", b"/s/m", b"host:1", b"https")
    assert dict(head.headers) == {
        b"te": b"trailers",
        b"content-type": b"application/grpc",
        b"user-agent": b"me",
        b"grpc-encoding": b"gzip",
        b"grpc-accept-encoding": b"identity,gzip,deflate,zstd",
        b"grpc-timeout": b"1500000u",
        b"x-tenant": b"a",
        b"x-bin": b"/w",
    }
    assert body == prefix(4) + b"ping"


async def test_a_message_that_is_worth_it_is_compressed():
    made, pool, _ = method(success(), coding="gzip")
    await made.call((bytes(1000), bytes(1000)))
    body = pool.requests[0][1]
    assert body[:5] == prefix(len(body) - 5, compressed=True)
    assert gzip.decompress(body[5:]) == bytes(2000)


async def test_a_compressed_reply_is_inflated_within_the_limit():
    packed = gzip.compress(bytes(5000))
    reply = Response(
        200,
        (TYPE, (b"grpc-encoding", b"gzip")),
        (prefix(len(packed), compressed=True), packed),
        ((b"grpc-status", b"0"),),
    )
    assert await method(reply)[0].call((b"",)) == bytes(5000)
    with pytest.raises(CallError, match="larger than 100 bytes") as caught:
        await method(reply, max_message=100)[0].call((b"",))
    assert caught.value.code == 8


async def test_a_status_has_its_text_and_details():
    error = await status(failure(8, "büsy\n", ((b"grpc-status-details-bin", b"\xff\x00"),)))
    assert (error.code, error.message, error.details) == (8, "büsy\n", b"\xff\x00")
    assert str(error) == "status 8: büsy\n"


@pytest.mark.parametrize(
    ("reply", "code", "message"),
    [
        (Response(400), 13, "the server has answered with HTTP status 400"),
        (Response(401), 16, "HTTP status 401"),
        (Response(403), 7, "HTTP status 403"),
        (Response(404), 12, "HTTP status 404"),
        (Response(429), 14, "HTTP status 429"),
        (Response(503), 14, "HTTP status 503"),
        (Response(500), 2, "HTTP status 500"),
        (Response(200), 2, "the server does not speak gRPC"),
        (Response(200, (TYPE,)), 2, "the server has not told a status"),
        (Response(200, (TYPE, (b"grpc-status", b"x"))), 2, ""),
        (
            Response(200, (TYPE,), (), ((b"grpc-status", b"0"),)),
            13,
            "the response cannot be read: there is no",
        ),
        (DisconnectedError("gone"), 14, "gone"),
        (RefusedError("busy"), 14, "busy"),
        (ProtocolError("too long"), 8, "too long"),
        (ResetError(7), 14, ""),
        (ResetError(8), 1, ""),
        (ResetError(11), 8, ""),
        (ResetError(12), 7, ""),
        (ResetError(2), 13, ""),
    ],
)
async def test_what_is_no_reply_of_a_method_has_a_status_too(reply, code, message):
    error = await status(reply)
    assert error.code == code
    assert message in error.message


async def test_a_call_that_takes_too_long_is_given_up():
    made, _, clock = method(timeout=5)
    call = asyncio.gather(made.call((b"",)), return_exceptions=True)
    await settle()
    await clock.advance(5)
    (error,) = await call
    assert (error.code, error.message) == (4, "the call has taken too long")
    assert clock.waiting == 0
