"""RFC 9112 and 9110, section by section, as the server keeps to them."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock_testkit import settle
from penstock_wire.exchange import Response, find

HEAD = b"POST /x HTTP/1.1\r\nhost: a\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


def sized(body, *more):
    return HEAD + b"".join(line + b"\r\n" for line in more) + b"content-length: %d\r\n\r\n" % len(body) + body


async def test_a_request_reaches_the_handler_and_its_reply_the_client(serve):
    served = serve(lambda request: Response(201, ((b"x-a", b"b"),), (b"do", b"ne")))
    reply = served.send(sized(b"abc", b"X-Tenant: one"))
    (request,) = served.requests
    assert (request.head.method, request.head.path, request.body()) == (b"POST", b"/x", b"abc")
    assert find(request.head.headers, b"x-tenant") == b"one"
    assert (request.peer, request.head.authority, request.head.length) == ("127.0.0.1:9", b"a", 3)
    assert reply == (
        b"HTTP/1.1 201 Created\r\nx-a: b\r\ncontent-length: 4\r\n"
        b"date: Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\ndone"
    )
    assert served.transport.writes == 1


async def test_a_request_in_single_bytes_is_the_same_request(serve):
    served = serve()
    for at in sized(b"abc"):
        served.send(bytes([at]))
    assert served.bodies == [b"abc"]
    assert served.statuses == [200]


async def test_9112_2_2_empty_lines_before_a_request_are_ignored(serve):
    assert serve().send(b"\r\n\r\n" + sized(b"")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("2.2 bare LF", b"POST /x HTTP/1.1\nhost: a\n\n"),
        ("2.2 bare LF after a header", HEAD + b"x: a\ny: b\r\n\r\n"),
        ("2.2 bare CR in a value", HEAD + b"x: a\rb\r\n\r\n"),
        ("2.2 whitespace before the first header", b"POST /x HTTP/1.1\r\n host: a\r\n\r\n"),
        ("2.3 another version", b"POST /x HTTP/1.2\r\nhost: a\r\n\r\n"),
        ("2.3 version 2 without its frames", b"POST /x HTTP/2.0\r\nhost: a\r\n\r\n"),
        ("2.3 version 0.9", b"GET /x\r\n\r\n"),
        ("2.3 the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("3.1 no method", b"nothing\r\n\r\n"),
        ("3.2 no Host", b"POST /x HTTP/1.1\r\n\r\n"),
        ("3.2 two Hosts", HEAD + b"host: a\r\n\r\n"),
        ("3.2 an invalid Host", b"POST /x HTTP/1.1\r\nhost: a/b\r\n\r\n"),
        ("5.1 whitespace before the colon", HEAD + b"content-length : 1\r\n\r\na"),
        ("5.1 an empty name", HEAD + b": a\r\n\r\n"),
        ("5.2 obs-fold", HEAD + b"x: a\r\n b\r\n\r\n"),
        ("5.5 NUL in a value", HEAD + b"x: a\0b\r\n\r\n"),
        ("6.1 both lengths", HEAD + b"transfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n0\r\n\r\n"),
        (
            "6.1 both lengths, the other way",
            HEAD + b"content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        ),
        ("6.1 chunked in 1.0", b"POST /x HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("6.1 chunked twice", HEAD + b"transfer-encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n"),
        ("6.1 chunked is not last", HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n"),
        ("5.1 no proxy", b"CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n"),
        ("6.3 two lengths", HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\n"),
        ("6.3 the same length twice", HEAD + b"content-length: 1\r\ncontent-length: 1\r\n\r\n"),
        ("6.3 a list of lengths", HEAD + b"content-length: 1, 1\r\n\r\n"),
        ("6.3 a signed length", HEAD + b"content-length: +1\r\n\r\n"),
        ("7.1 a negative chunk", CHUNKED + b"-1\r\na\r\n"),
        ("7.1 a chunk in 0x", CHUNKED + b"0x1\r\na\r\n"),
        ("7.1 an overflowing chunk", CHUNKED + b"f" * 17 + b"\r\n"),
        ("7.1 a chunk longer than told", CHUNKED + b"1\r\nab\r\n"),
        ("7.1 bare LF after a chunk's size", CHUNKED + b"1\na\n0\n\n"),
    ],
)
async def test_9112_what_nobody_may_send_is_refused_and_the_connection_ended(serve, name, sent):
    served = serve()
    served.send(sent)
    assert served.statuses == [400], name
    assert b"connection: close" in served.transport.written
    assert served.transport.is_ended
    served.send(sized(b"smuggled"))
    assert (served.requests, served.statuses) == ([], [400])


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", "this server is no proxy"),
        (b"POST /x HTTP/2.0\r\nhost: a\r\n\r\n", "the version of HTTP is not supported: 2.0"),
        (b"POST /x HTTP/1.1\r\n\r\n", "a request needs exactly one Host header"),
        (b"POST /x HTTP/1.1\r\nhost: a/b\r\n\r\n", "the Host header is not valid"),
        (HEAD + b"transfer-encoding: br, chunked\r\n\r\n", "the transfer coding is not supported"),
        (HEAD + b"expect: wonders\r\n\r\n", "the expectation cannot be met"),
        (HEAD + b"x: y\r\n" * 50_000, "the headers of the request are too large"),
        (HEAD + b"x: a\r\n b\r\n\r\n", "Unexpected whitespace after header value"),
    ],
)
async def test_the_client_is_told_why(serve, sent, problem):
    assert serve().send(sent).endswith(f"\r\n\r\n{problem}\n".encode())


async def test_9112_3_2_2_a_target_in_absolute_form_is_understood(serve):
    served = serve()
    served.send(b"POST http://a:1/x/y?q HTTP/1.1\r\nhost: a\r\n\r\n")
    assert served.requests[0].head.path == b"/x/y?q"


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"xchunked", b"identity"])
async def test_9112_6_1_other_codings_are_not_implemented(serve, coding):
    served = serve()
    served.send(HEAD + b"transfer-encoding: " + coding + b"\r\n\r\n0\r\n\r\n")
    assert (served.requests, served.statuses) == ([], [501])


async def test_9112_7_1_chunks_are_joined_and_extensions_and_trailers_are_not_kept(serve):
    served = serve()
    served.send(CHUNKED + b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nx-late: 1\r\n\r\n")
    assert served.bodies == [b"abcde"]
    assert find(served.requests[0].head.headers, b"x-late") == b""


async def test_many_tiny_chunks_become_few_objects(serve):
    served = serve()
    served.send(CHUNKED)
    for _ in range(1000):
        served.send(b"1\r\na\r\n" * 10)
    served.send(b"0\r\n\r\n")
    assert served.bodies == [b"a" * 10_000]
    assert len(served.requests[0].parts) < 5


async def test_9112_9_3_connections_persist_and_pipelined_replies_are_one_write_in_order(serve):
    served = serve(lambda request: Response(200, (), tuple(request.parts)))
    reply = served.send(sized(b"one") + sized(b"two") + sized(b"three"))
    assert [part.rpartition(b"\r\n\r\n")[2] for part in reply.split(b"HTTP/1.1")[1:]] == [
        b"one",
        b"two",
        b"three",
    ]
    assert served.transport.writes == 1
    assert not served.transport.is_closed


async def test_9112_9_3_2_pipelined_requests_wait_for_the_reply_before_them_and_reading_pauses(serve):
    gate = asyncio.Event()

    async def wait(request):
        await gate.wait()
        return Response(200, (), tuple(request.parts))

    served = serve(wait)
    served.send(sized(b"one") + sized(b"two"))
    assert (len(served.requests), served.transport.is_paused) == (1, True)
    gate.set()
    await settle()
    assert served.statuses == [200, 200]
    assert not served.transport.is_paused


@pytest.mark.parametrize(
    ("sent", "connection", "closed"),
    [
        (sized(b"", b"connection: close"), b"connection: close", True),
        (b"POST /x HTTP/1.0\r\n\r\n", b"connection: close", True),
        (b"POST /x HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", b"connection: keep-alive", False),
    ],
)
async def test_9112_9_3_who_asks_for_it_is_disconnected_after_the_reply(serve, sent, connection, closed):
    served = serve()
    assert connection in served.send(sent)
    assert served.transport.is_closed is closed


async def test_9112_9_6_what_follows_a_request_that_closes_the_connection_is_ignored(serve):
    served = serve()
    served.send(sized(b"", b"connection: close") + sized(b""))
    assert served.statuses == [200]
    assert served.transport.is_closed


async def test_9112_9_6_after_a_refusal_the_rest_is_thrown_away_for_a_moment(serve):
    served = serve()
    served.send(b"junk\r\n\r\n")
    served.send(bytes(1000))
    assert not served.transport.is_closed
    await served.clock.advance(2)
    assert served.transport.is_aborted


async def test_9110_7_8_an_upgrade_is_not_taken_and_ends_the_connection(serve):
    served = serve()
    ask = HEAD + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 2\r\n\r\n"
    served.send(ask + b"a")
    served.send(b"b" + sized(b"no"))
    assert (served.bodies, served.statuses) == ([b"ab"], [200])
    assert served.transport.is_closed


async def test_9110_9_3_2_a_reply_to_head_has_no_body(serve):
    served = serve(lambda request: Response(200, (), (b"body",)))
    reply = served.send(b"HEAD /x HTTP/1.1\r\nhost: a\r\n\r\n")
    assert reply.endswith(b"\r\n\r\n")
    assert b"content-length: 4" in reply


async def test_9110_8_6_a_reply_without_content_has_no_length(serve):
    assert b"content-length" not in serve(lambda request: Response(204)).send(sized(b""))


async def test_9110_10_1_1_who_expects_to_be_told_is_told_to_go_on_once(serve):
    served = serve()
    assert (
        served.send(HEAD + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        == b"HTTP/1.1 100 Continue\r\n\r\n"
    )
    assert served.send(b"a") == b""
    assert served.send(b"b").startswith(b"HTTP/1.1 200 ")
    assert served.send(sized(b"ab", b"expect: 100-continue")).startswith(b"HTTP/1.1 200 ")


async def test_9110_10_1_1_another_expectation_fails(serve):
    served = serve()
    served.send(HEAD + b"expect: wonders\r\n\r\n")
    assert served.statuses == [417]


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"content-length: 11\r\n\r\n",
        HEAD + b"expect: 100-continue\r\ncontent-length: 11\r\n\r\n",
        HEAD + b"content-length: " + b"9" * 18 + b"\r\n\r\n",
        HEAD + b"content-length: " + b"0" * 5000 + b"11\r\n\r\n",
        CHUNKED + b"b\r\n" + bytes(11),
    ],
)
async def test_a_body_that_is_too_large_is_refused_before_it_has_come(serve, sent):
    served = serve(max_body=10)
    served.send(sent)
    assert (served.requests, served.statuses) == ([], [413])


async def test_a_connection_works_on_after_a_body_that_was_too_large(serve):
    served = serve(max_body=10)
    served.send(HEAD + b"content-length: 11\r\n\r\n")
    served.send(bytes(11) + sized(b"good"))
    assert (served.statuses, served.bodies) == ([413, 200], [b"good"])


async def test_who_goes_on_sending_what_is_too_large_is_cut_off(serve):
    served = serve(max_body=10)
    served.send(HEAD + b"content-length: 100000000\r\n\r\n")
    for _ in range(12):
        served.send(bytes(100_000))
    assert served.transport.is_aborted


@pytest.mark.parametrize(
    "flood", [b"x: " + b"y" * 200, b"x: y\r\n" * 40, b"z" * 200], ids=["one", "many", "a name"]
)
async def test_a_flood_of_headers_is_refused_and_then_cut_off(serve, flood):
    served = serve(max_header_bytes=100, max_body=10)
    served.send(HEAD)
    for _ in range(5):
        served.send(flood)
    assert served.statuses == [431]
    for _ in range(12):
        served.send(bytes(100_000))
    assert served.transport.is_aborted


async def test_a_flood_of_trailers_is_refused(serve):
    served = serve(max_header_bytes=100)
    served.send(CHUNKED + b"0\r\n" + b"x: y\r\n" * 40)
    assert (served.requests, served.statuses) == ([], [431])


@pytest.mark.parametrize(
    ("sent", "limits"),
    [
        (b"", {"header_timeout": 10}),
        (HEAD, {"header_timeout": 10}),
        (HEAD + b"content-length: 9\r\n\r\n1", {"read_timeout": 10}),
        (sized(b"one") + HEAD, {"header_timeout": 10}),
        (sized(b"one"), {"idle_timeout": 10}),
    ],
    ids=["nothing", "head", "body", "second head", "idle"],
)
async def test_who_is_slow_is_disconnected(serve, sent, limits):
    served = serve(**{"header_timeout": 0} | limits)
    served.send(sent)
    await served.clock.advance(9)
    assert not served.transport.is_closed
    await served.clock.advance(1)
    assert served.transport.is_closed


async def test_an_old_connection_that_is_idle_is_closed(serve):
    served = serve(max_age=100)
    served.send(sized(b"one"))
    await served.clock.advance(89)
    assert not served.transport.is_closed
    await served.clock.advance(22)
    assert served.transport.is_closed


async def test_an_old_connection_ends_with_the_reply_that_is_under_way(serve):
    served = serve(max_age=100)
    served.send(sized(b"one")[:-1])
    await served.clock.advance(111)
    assert not served.transport.is_closed
    served.send(b"e")
    assert b"connection: close" in bytes(served.transport.written)


async def test_a_request_that_outlives_the_grace_of_an_old_connection_is_cut_off(serve):
    served = serve(max_age=100, max_age_grace=50)
    served.send(sized(b"one")[:-1])
    await served.clock.advance(111)
    assert not served.transport.is_closed
    await served.clock.advance(50)
    assert served.transport.is_closed


async def test_a_client_that_does_not_take_its_replies_is_not_read_from_and_then_cut_off(serve):
    served = serve(write_timeout=10)
    served.connection.pause_writing()
    assert served.transport.is_paused
    await served.clock.advance(10)
    assert served.transport.is_aborted


async def test_a_client_that_takes_its_replies_late_is_read_from_again(serve):
    served = serve(write_timeout=10)
    served.connection.pause_writing()
    served.connection.resume_writing()
    await served.clock.advance(10)
    assert (served.transport.is_paused, served.transport.is_closed) == (False, False)


async def test_one_connection_too_many_is_closed(serve):
    assert serve(max_connections=1).transport.is_closed is False
    served = serve(max_connections=0)
    assert served.transport.is_closed is False


async def test_bytes_in_flight_pause_reading_until_there_is_an_answer(serve):
    gate = asyncio.Event()

    async def wait(_request):
        await gate.wait()
        return Response(200)

    served = serve(wait, max_in_flight=10)
    served.send(sized(bytes(20)))
    assert served.transport.is_paused
    gate.set()
    await settle()
    assert not served.transport.is_paused
    assert served.service.budget.used == 0


async def test_what_is_in_flight_without_end_is_refused_when_there_is_no_room(serve):
    served = serve(max_in_flight=10)
    served.send(HEAD + b"content-length: 100\r\n\r\n" + bytes(20))
    assert served.statuses == [503]
    assert served.service.budget.used == 0


async def test_a_handler_that_fails_costs_its_connection_only(serve):
    def fail(_request):
        raise KeyError("bug")

    async def fail_later(_request):
        await asyncio.sleep(0)
        raise KeyError("bug")

    for handler in (fail, fail_later):
        served = serve(handler)
        served.send(sized(b""))
        await settle()
        assert (served.statuses, len(served.failures)) == ([500], 1)


async def test_draining_lets_the_request_under_way_end_and_then_closes(serve):
    gate = asyncio.Event()

    async def wait(_request):
        await gate.wait()
        return Response(200)

    served, idle = serve(wait), serve()
    served.send(sized(b""))
    served.service.drain()
    idle.service.drain()
    assert (served.transport.is_closed, idle.transport.is_closed) == (False, True)
    gate.set()
    await settle()
    assert b"connection: close" in served.transport.written
    assert served.transport.is_closed


async def test_a_handler_is_cancelled_when_the_client_has_gone(serve):
    ended = []

    async def wait(_request):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    served = serve(wait)
    served.send(sized(b""))
    served.connection.connection_lost(None)
    await settle()
    assert ended == [True]


async def test_a_client_that_sends_no_more_still_gets_its_reply(serve):
    gate = asyncio.Event()

    async def wait(_request):
        await gate.wait()
        return Response(200)

    served = serve(wait)
    served.send(sized(b""))
    assert served.connection.eof_received() is True
    gate.set()
    await settle()
    assert served.statuses == [200]
    assert served.transport.is_closed


async def test_a_handler_may_limit_its_time_though_it_begins_without_a_task(serve):
    async def limited(_request):
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            return Response(504)

    served = serve(limited)
    served.send(sized(b""))
    await asyncio.wait(served.service.tasks)
    assert served.statuses == [504]


PIECES = st.sampled_from(
    [
        HEAD,
        b"\r\n",
        b"content-length: 3\r\n\r\n",
        b"abc",
        CHUNKED,
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"expect: 100-continue\r\n",
        b"connection: close\r\n",
        b"upgrade: h2c\r\nconnection: upgrade\r\n",
        b"POST / HTTP/1.0\r\n",
        b"x: y\r\n",
        bytes(50),
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=60), PIECES), max_size=20), st.booleans())
async def test_whatever_is_sent_nothing_fails_and_no_client_is_told_it_was_us(serve, pieces, ends):
    served = serve(max_body=40, max_header_bytes=300)
    for piece in pieces:
        if not served.transport.is_closed:
            served.send(piece)
    if ends and not served.transport.is_closed:
        served.connection.eof_received()
    assert [one for one in served.statuses if one >= 500] == []
    assert served.failures == []
    served.connection.connection_lost(None)
    assert served.service.budget.used == 0


def plain(body, *more):
    return (
        HEAD
        + b"".join(line + b"\r\n" for line in more)
        + b"Content-Length: %d\r\nx-b: c\r\n\r\n" % len(body)
        + body
    )


async def test_a_head_that_comes_again_is_understood_without_parsing_it_again(serve):
    served, bodies = serve(), [b"abc", b"def", b"a longer one", b"x" * 5000, b"abc"]
    for body in bodies:
        served.send(plain(body))
    assert served.bodies == bodies
    assert [request.head.length for request in served.requests] == [len(body) for body in bodies]
    assert [find(request.head.headers, b"content-length") for request in served.requests] == [
        b"%d" % len(body) for body in bodies
    ]
    assert len({request.head.headers[-1] for request in served.requests}) == 1


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        (plain(b"abc")[:-1], []),
        (plain(b"abc") + plain(b"def"), [200, 200]),
        (plain(b"abc").replace(b"Content-Length: 3", b"Content-Length: +3"), [400]),
        (plain(b"abc").replace(b"Content-Length: 3", "Content-Length: ³".encode()), [400]),
        (plain(b"abc").replace(b"Content-Length: 3", b"Content-Length: "), [400]),
        (plain(b"abc").replace(b"x-b: c", b"x-b : c"), [400]),
        (plain(b"abc").replace(b"x-b: c", b"content-length: 3"), [400]),
        (plain(b"abc", b"connection: close"), [200]),
        (plain(b"abcdefghijklmnopqrstu"), [413]),
        (b"", []),
    ],
)
async def test_what_differs_from_the_head_before_is_parsed(serve, sent, statuses):
    served = serve(max_body=20)
    served.send(plain(b"abc"))
    served.send(sent)
    assert served.statuses == [200, *statuses]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=30),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 255)), max_size=3),
    st.integers(0, 120),
)
async def test_the_short_way_and_the_long_way_agree(serve, body, places, end):
    changed = bytearray(plain(body))
    for at, value in places:
        changed[at % len(changed)] = value
    sent = bytes(changed[:end])
    again, first = serve(), serve()
    again.send(plain(b"first"))
    again.send(sent)
    first.send(sent)
    assert again.bodies[1:] == first.bodies
    assert again.statuses[1:] == first.statuses
    assert [one.head.headers for one in again.requests[1:]] == [one.head.headers for one in first.requests]
