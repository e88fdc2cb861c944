"""grpcio as the client, over sockets."""

import asyncio
import contextlib
import gc

import grpc
import pytest
import trustme

from penstock_wire.grpc.server import failure, success

BOTH_LOOPS = True


async def echo(message, request):
    return success(message, ((b"x-size", b"%d" % len(message)),), request.head)


async def wait(message, request):
    await asyncio.Event().wait()


def boom(message, request):
    raise KeyError("boom")


async def late_boom(message, request):
    await asyncio.sleep(0)
    raise KeyError("late")


METHODS = {
    "/s/echo": echo,
    "/s/wait": wait,
    "/s/boom": boom,
    "/s/late": late_boom,
    "/s/no": lambda message, request: failure(
        14, "später: 100 %", ((b"grpc-status-details-bin", b"\x08\x0e"),)
    ),
}


@pytest.fixture
def dial():
    """A channel of its own for each test."""

    def made(target, credentials=None, **options):
        pairs = [(name.replace("_", "."), value) for name, value in options.items()]
        pairs.append(("grpc.use_local_subchannel_pool", 1))
        if credentials is not None:
            return grpc.aio.secure_channel(target, credentials, options=pairs)
        return grpc.aio.insecure_channel(target, options=pairs)

    yield made
    gc.collect()


@pytest.mark.parametrize("compression", list(grpc.Compression))
@pytest.mark.parametrize("size", [0, 1, 16_379, 16_384, 100_000, 3_000_000])
async def test_messages_of_all_sizes_come_back(serve, dial, size, compression):
    async with serve(METHODS) as target, dial(target) as channel:
        call = channel.unary_unary("/s/echo")(bytes(size), compression=compression)
        assert await call == bytes(size)
        assert dict(await call.trailing_metadata())["x-size"] == str(size)


async def test_many_calls_at_a_time_are_answered(serve, dial):
    async with serve(METHODS) as target, dial(target) as channel:
        calls = [channel.unary_unary("/s/echo")(b"%d" % number) for number in range(300)]
        assert await asyncio.gather(*calls) == [b"%d" % number for number in range(300)]


async def test_a_status_comes_with_its_message_and_details(serve, dial):
    async with serve(METHODS) as target, dial(target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/s/no")(b"")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert caught.value.details() == "später: 100 %"
    assert dict(caught.value.trailing_metadata())["grpc-status-details-bin"] == b"\x08\x0e"


@pytest.mark.parametrize("method", ["boom", "late"])
async def test_a_method_that_fails_is_unknown_to_the_client_and_told_the_service(serve, dial, method):
    failures = []
    async with serve(METHODS, failures=failures) as target, dial(target) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="the method failed") as caught:
            await channel.unary_unary(f"/s/{method}")(b"")
    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert [type(one) for one in failures] == [KeyError]


async def test_a_deadline_ends_the_method(serve, dial):
    async with serve(METHODS) as target, dial(target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/s/wait")(b"", timeout=0.05)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_cancelled_call_ends_the_method(serve, dial):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def watch(message, request):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with serve({"/s/watch": watch}) as target, dial(target) as channel:
        call = channel.unary_unary("/s/watch")(b"")
        await begun.wait()
        call.cancel()
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_message_that_is_too_large_is_refused_while_it_is_read(serve, dial):
    async with serve(METHODS, limit=1000) as target, dial(target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await channel.unary_unary("/s/echo")(bytes(3_000_000))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await channel.unary_unary("/s/echo")(b"x") == b"x"


async def test_a_client_reconnects_when_its_connection_is_too_old(serve, dial):
    async with serve(METHODS, max_age=0.05) as target, dial(target) as channel:
        for _ in range(20):
            assert await channel.unary_unary("/s/echo")(b"x", wait_for_ready=True) == b"x"
            await asyncio.sleep(0.01)  # the client's network is real, and so is its time


async def test_calls_under_way_are_finished_when_the_server_stops(serve, dial):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(message, request):
        begun.set()
        await go_on.wait()
        return success(message)

    async with contextlib.AsyncExitStack() as stack:
        server = serve({"/s/slow": slow})
        channel = await stack.enter_async_context(dial(await server.__aenter__()))
        call = channel.unary_unary("/s/slow")(b"x")
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        await server.__aexit__(None, None, None)
        assert await call == b"x"


@pytest.mark.parametrize("mutual", [False, True])
async def test_calls_over_tls(serve, dial, mutual):
    import ssl

    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    key = chain = None
    if mutual:
        ca.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
        mine = ca.issue_cert("me@example.com")
        key, chain = mine.private_key_pem.bytes(), b"".join(one.bytes() for one in mine.cert_chain_pems)
    credentials = grpc.ssl_channel_credentials(ca.cert_pem.bytes(), key, chain)
    async with serve(METHODS, tls=context) as target, dial(target, credentials) as channel:
        assert await channel.unary_unary("/s/echo")(bytes(100_000)) == bytes(100_000)
