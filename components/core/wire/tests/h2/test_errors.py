"""RFC 9113: everything a client may do wrong, by section, and what it is told."""

import pytest
from hpack import Encoder

from penstock_wire.h2 import frames as f
from penstock_wire.h2.settings import settings_frame

GET = ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"x"))
POST = ((b":method", b"POST"), *GET[1:])
PROTOCOL, FLOW, CLOSED, SIZE, REFUSED, COMPRESSION, CALM = 1, 3, 5, 6, 7, 9, 11


def block(pairs=GET):
    return Encoder().encode(pairs)


def headers(number=1, pairs=GET, flags=f.END_HEADERS | f.END_STREAM):
    return f.frame(f.HEADERS, flags, number, block(pairs))


OPEN = headers(flags=f.END_HEADERS)
NUL4, NUL8 = bytes(4), bytes(8)

CONNECTION = {
    "3.4 the first frame is not SETTINGS": ("greet", f.frame(f.PING, 0, 0, NUL8), PROTOCOL, "the first frame does not hold settings"),
    "4.2 a frame that is too large": (None, f.frame(f.DATA, 0, 1, bytes(16_385)), SIZE, "a frame is larger than allowed: 16385"),
    "4.3 a block that cannot be decoded": (None, f.frame(f.HEADERS, 5, 1, b"\xff\xff\xff\xff"), COMPRESSION, "the headers cannot be decoded"),
    "4.3 an index that does not exist": (None, f.frame(f.HEADERS, 5, 1, b"\xfe"), COMPRESSION, "the headers cannot be decoded"),
    "4.3 a table size update that is too large": (None, f.frame(f.HEADERS, 5, 1, b"\x3f\xff\xff\x03"), COMPRESSION, "the headers cannot be decoded"),
    "4.3 a table size update after a header": (None, f.frame(f.HEADERS, 5, 1, b"\x82\x20"), COMPRESSION, "the headers cannot be decoded"),
    "5.1 data for an idle stream": (None, f.frame(f.DATA, 0, 1, b"x"), PROTOCOL, "data for a stream that is not open: 1"),
    "5.1 reset of an idle stream": (None, f.reset(1, 8), PROTOCOL, "a reset of a stream that is not open: 1"),
    "5.1 window update of an idle stream": (None, f.window_update(1, 8), PROTOCOL, "a window update for a stream that is not open: 1"),
    "5.1 headers for a closed stream": (None, headers(1) + headers(1), CLOSED, "headers for a stream that is closed: 1"),
    "5.1.1 an even stream": (None, headers(2), PROTOCOL, "a stream that is not a client's: 2"),
    "5.1.1 a smaller stream": (None, headers(5) + headers(3), CLOSED, "headers for a stream that is closed: 3"),
    "6.1 data without a stream": (None, f.frame(f.DATA, 0, 0, b"x"), PROTOCOL, "data for a stream that is not open: 0"),
    "6.1 too much padding": (None, OPEN + f.frame(f.DATA, f.PADDED, 1, b"\x05abc"), PROTOCOL, "there is more padding than payload"),
    "6.1 no padding where it is announced": (None, OPEN + f.frame(f.DATA, f.PADDED, 1), SIZE, "padding is announced and not there"),
    "6.2 headers without a stream": (None, headers(0), PROTOCOL, "headers without a stream"),
    "6.2 too much padding": (None, f.frame(f.HEADERS, 0xD, 1, b"\x64" + block()), PROTOCOL, "there is more padding than payload"),
    "6.2 a priority that is cut off": (None, f.frame(f.HEADERS, 0x25, 1, b"abc"), SIZE, "a priority is cut off"),
    "6.2 another frame within a block": (None, headers(flags=0) + f.frame(f.PING, 0, 0, NUL8), PROTOCOL, "a field block is not continued"),
    "6.2 data within a block": (None, headers(flags=0) + f.frame(f.DATA, 0, 1, b"x"), PROTOCOL, "a field block is not continued"),
    "6.2 a block that depends on itself": (None, f.frame(f.HEADERS, 0x25, 1, b"\0\0\0\1\0" + block()), PROTOCOL, "a stream that depends on itself: 1"),
    "6.3 priority without a stream": (None, f.frame(f.PRIORITY, 0, 0, bytes(5)), PROTOCOL, "a priority without a stream"),
    "6.3 priority on itself": (None, f.frame(f.PRIORITY, 0, 3, b"\0\0\0\3\0"), PROTOCOL, "a stream that depends on itself: 3"),
    "6.4 reset without a stream": (None, f.reset(0, 8), PROTOCOL, "a reset of a stream that is not open: 0"),
    "6.4 reset of another size": (None, OPEN + f.frame(f.RST_STREAM, 0, 1, b"abc"), SIZE, "a reset that is not 4 bytes long"),
    "6.5 settings on a stream": (None, f.frame(f.SETTINGS, 0, 1), PROTOCOL, "settings on a stream"),
    "6.5 acknowledgement with settings": (None, f.frame(f.SETTINGS, f.ACK, 0, bytes(6)), SIZE, "an acknowledgement with settings in it"),
    "6.5 settings that are cut off": (None, f.frame(f.SETTINGS, 0, 0, bytes(5)), SIZE, "settings are cut off"),
    "6.5.2 push neither on nor off": (None, settings_frame({2: 2}), PROTOCOL, "the setting ENABLE_PUSH is neither 0 nor 1: 2"),
    "6.5.2 a window that is too large": (None, settings_frame({4: 2**31}), FLOW, "the setting INITIAL_WINDOW_SIZE is too large: 2147483648"),
    "6.5.2 frames that are too small": (None, settings_frame({5: 16_383}), PROTOCOL, "the setting MAX_FRAME_SIZE is out of range: 16383"),
    "6.5.2 frames that are too large": (None, settings_frame({5: 1 << 24}), PROTOCOL, "the setting MAX_FRAME_SIZE is out of range: 16777216"),
    "6.6 a push by the client": (None, f.frame(f.PUSH_PROMISE, 4, 1, NUL4 + block()), PROTOCOL, "a push, which was not allowed"),
    "6.7 a ping on a stream": (None, f.frame(f.PING, 0, 1, NUL8), PROTOCOL, "a ping on a stream"),
    "6.7 a ping of another size": (None, f.frame(f.PING, 0, 0, bytes(7)), SIZE, "a ping that is not 8 bytes long"),
    "6.8 a farewell on a stream": (None, f.frame(f.GOAWAY, 0, 1, NUL8), PROTOCOL, "a farewell on a stream"),
    "6.8 a farewell that is cut off": (None, f.frame(f.GOAWAY, 0, 0, NUL4), SIZE, "a farewell is cut off"),
    "6.9 a window update of another size": (None, f.frame(f.WINDOW_UPDATE, 0, 0, b"abc"), SIZE, "a window update that is not 4 bytes long"),
    "6.9 a window update of nothing": (None, f.window_update(0, 0), PROTOCOL, "a window update of nothing"),
    "6.9.1 a window that grows too large": (None, f.window_update(0, f.MAX_WINDOW), FLOW, "the connection's window is larger than it can be"),
    "6.10 a continuation of nothing": (None, f.frame(f.CONTINUATION, 4, 1, b""), PROTOCOL, "a continuation of nothing"),
    "6.10 a continuation of another stream": (None, headers(flags=0) + f.frame(f.CONTINUATION, 4, 3, b""), PROTOCOL, "a field block is not continued"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONNECTION)
async def test_a_connection_error_is_told_and_ends_the_connection(site, name):
    ungreeted, sent, code, reason = CONNECTION[name]
    peer = site().peer(greet=ungreeted is None)
    peer.send(f.PREFACE * (ungreeted is not None), sent)
    _, told, why = peer.goaway()
    assert (told, why[: len(reason)]) == (code, reason)
    assert peer.transport.closed


STREAM = {
    "5.1 data after the end": (OPEN + f.frame(f.DATA, 1, 1, b"") + f.frame(f.DATA, 0, 1, b"x"), CLOSED),
    "5.1 headers after the end": (None, CLOSED),
    "6.3 a priority of another size": (OPEN + f.frame(f.PRIORITY, 0, 1, bytes(4)), SIZE),
    "6.9 a window update of nothing": (OPEN + f.window_update(1, 0), PROTOCOL),
    "6.9.1 a window that grows too large": (OPEN + f.window_update(1, f.MAX_WINDOW), FLOW),
    "8.1 headers in the middle": (OPEN + headers(flags=f.END_HEADERS, pairs=((b"x", b"y"),)), PROTOCOL),
    "8.1.1 less data than announced": (headers(pairs=(*POST, (b"content-length", b"5")), flags=4) + f.frame(f.DATA, 1, 1, b"abc"), PROTOCOL),
    "8.1.1 announced and none": (headers(pairs=(*POST, (b"content-length", b"5"))), PROTOCOL),
    "8.1.1 two announcements": (headers(pairs=(*POST, (b"content-length", b"0"), (b"content-length", b"1"))), PROTOCOL),
    "8.1.1 no number": (headers(pairs=(*POST, (b"content-length", b"-1"))), PROTOCOL),
    "8.1 trailers with pseudo-headers": (OPEN + headers(), PROTOCOL),
    "8.2 upper case": (headers(pairs=(*GET, (b"X-Upper", b"1"))), PROTOCOL),
    "8.2 an empty name": (headers(pairs=(*GET, (b"", b"1"))), PROTOCOL),
    "8.2.1 a space in a name": (headers(pairs=(*GET, (b"a b", b"1"))), PROTOCOL),
    "8.2.1 a line feed in a value": (headers(pairs=(*GET, (b"a", b"1\nb"))), PROTOCOL),
    "8.2.1 a NUL in a value": (headers(pairs=(*GET, (b"a", b"\0"))), PROTOCOL),
    "8.2.1 a value that begins with a space": (headers(pairs=(*GET, (b"a", b" b"))), PROTOCOL),
    "8.2.2 connection": (headers(pairs=(*GET, (b"connection", b"close"))), PROTOCOL),
    "8.2.2 keep-alive": (headers(pairs=(*GET, (b"keep-alive", b"1"))), PROTOCOL),
    "8.2.2 transfer-encoding": (headers(pairs=(*GET, (b"transfer-encoding", b"chunked"))), PROTOCOL),
    "8.2.2 upgrade": (headers(pairs=(*GET, (b"upgrade", b"x"))), PROTOCOL),
    "8.2.2 te other than trailers": (headers(pairs=(*GET, (b"te", b"gzip"))), PROTOCOL),
    "8.3 an unknown pseudo-header": (headers(pairs=((b":x", b"1"), *GET)), PROTOCOL),
    "8.3 a response's pseudo-header": (headers(pairs=(*GET, (b":status", b"200"))), PROTOCOL),
    "8.3 a pseudo-header after others": (headers(pairs=((b"a", b"b"), *GET)), PROTOCOL),
    "8.3 a pseudo-header twice": (headers(pairs=(*GET, (b":path", b"/x"))), PROTOCOL),
    "8.3.1 no method": (headers(pairs=GET[1:]), PROTOCOL),
    "8.3.1 no scheme": (headers(pairs=(GET[0], *GET[2:])), PROTOCOL),
    "8.3.1 no path": (headers(pairs=(*GET[:2], GET[3])), PROTOCOL),
    "8.3.1 an empty path": (headers(pairs=(*GET[:2], (b":path", b""))), PROTOCOL),
    "8.3.1 a path without a slash": (headers(pairs=(*GET[:2], (b":path", b"x"))), PROTOCOL),
    "8.3.1 a host that is not the authority": (headers(pairs=(*GET, (b"host", b"y"))), PROTOCOL),
    "8.5 CONNECT with a path": (headers(pairs=((b":method", b"CONNECT"), *GET[1:])), PROTOCOL),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAM)
async def test_a_stream_error_is_told_and_ends_the_stream_alone(site, name):
    sent, code = STREAM[name]
    made = site(lambda _request: _forever())
    peer = made.peer()
    peer.send(OPEN + f.frame(f.DATA, 1, 1, b"") + headers(pairs=((b"x", b"y"),)) if sent is None else sent)
    assert peer.replies() == {1: [code]}
    assert not peer.transport.closed
    peer.send(f.frame(f.PING, 0, 0, NUL8))
    assert [one.kind for one in peer.take()] == [f.PING]


async def _forever():
    import asyncio

    await asyncio.Event().wait()


async def test_5_1_2_streams_beyond_the_limit_are_refused(site):
    peer = site(max_concurrent_streams=1).peer()
    peer.send(OPEN + headers(3))
    assert peer.replies() == {3: [REFUSED]}


async def test_6_9_1_more_data_than_a_stream_may_send_is_a_stream_error(site):
    peer = site(stream_window=10).peer()
    peer.send(OPEN + f.frame(f.DATA, 0, 1, bytes(11)))
    assert peer.replies() == {1: [FLOW]}


async def test_6_9_1_more_data_than_the_connection_may_send_is_a_connection_error(site):
    made = site(connection_window=65_535, stream_window=100_000)
    peer = made.peer()
    peer.connection._granted = 10
    peer.send(OPEN + f.frame(f.DATA, 0, 1, bytes(11)))
    assert peer.goaway() == (1, FLOW, "more data than the connection's window allows")


async def test_6_9_2_a_window_that_settings_make_too_large_is_a_connection_error(site):
    peer = site().peer()
    peer.send(OPEN, f.window_update(1, 100), settings_frame({4: f.MAX_WINDOW}))
    assert peer.goaway() == (1, FLOW, "a stream's window is larger than it can be")


async def test_3_4_what_is_not_http2_is_told_so(site):
    peer = site().peer(greet=False)
    peer.send(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert peer.goaway() == (0, PROTOCOL, "the connection does not begin with HTTP/2's preface")


async def test_5_1_frames_for_a_stream_that_we_reset_are_ignored(site):
    peer = site(stream_window=10).peer()
    peer.send(OPEN + f.frame(f.DATA, 0, 1, bytes(11)))
    peer.take()
    peer.send(
        f.frame(f.DATA, 0, 1, b"x"), headers(1, ((b"a", b"b"),)), f.window_update(1, 5000), f.reset(1, 8)
    )
    assert peer.take() == []
    assert not peer.transport.closed
