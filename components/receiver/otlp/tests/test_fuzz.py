"""Whatever arrives, the sender is at fault, not the server: never a 5xx, never a crash."""

import asyncio
import contextlib
import gzip
import http.client
import socket
import threading

import grpc
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from penstock_testkit import traces

BODY = traces(3).to_bytes()
SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Served:
    """A receiver in a thread, so that examples can talk to it with blocking calls."""

    def __init__(self, otlp):
        self._otlp = otlp
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run()])
        self._thread.start()
        self._ready.wait(10)

    async def _run(self):
        self._end = asyncio.Event()
        async with self._otlp(http={"max_request_body_size": 10_000}) as server:
            self.addresses = dict(server.receiver.addresses)
            self.sink = server.sink
            self._ready.set()
            await self._end.wait()

    def stop(self):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        self._loop.close()

    def post(self, body, **headers):
        with contextlib.closing(
            http.client.HTTPConnection(*self.addresses["http"], timeout=10)
        ) as connection:
            connection.request("POST", "/v1/traces", body, headers)
            reply = connection.getresponse()
            reply.read()
            return reply.status

    def alive(self):
        return self.post(BODY, **{"content-type": "application/x-protobuf"}) == 200


@pytest.fixture
def served(otlp):
    server = Served(otlp)
    yield server
    server.stop()


def mutated(data):
    """`data` with some bytes replaced, or cut off."""
    places = st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=6)
    return st.builds(_mutate, st.just(data), places, st.integers(0, len(data)))


def _mutate(data, places, end):
    changed = bytearray(data)
    for at, value in places:
        changed[at] = value
    return bytes(changed[:end])


BODIES = st.one_of(
    st.binary(max_size=300),
    mutated(BODY),
    mutated(gzip.compress(BODY)),
    mutated(traces(2).to_json()),
)


@SETTINGS
@given(
    body=BODIES,
    media=st.sampled_from(["application/x-protobuf", "application/json", "application/json;;;"]),
    encoding=st.sampled_from(["", "gzip", "deflate", "zstd", "what"]),
)
@example(body=b"[" * 9_000, media="application/json", encoding="")
@example(body=b'{"resourceSpans":' + b"[" * 5_000, media="application/json", encoding="")
@example(body=b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", media="application/x-protobuf", encoding="")
def test_any_body_is_accepted_or_the_senders_fault(served, body, media, encoding):
    assert served.post(body, **{"content-type": media, "content-encoding": encoding}) in (200, 400)


REQUEST = b"POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-protobuf\r\ncontent-length: 4\r\n\r\nabcd"


@SETTINGS
@given(st.one_of(st.binary(max_size=300), mutated(REQUEST), mutated(REQUEST * 3)))
def test_any_bytes_on_the_http_port_leave_the_server_alive(served, sent):
    with socket.create_connection(served.addresses["http"], timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            assert not connection.recv(65536).startswith(b"HTTP/1.1 5")
    assert served.alive()


@SETTINGS
@given(st.one_of(st.binary(max_size=300), mutated(BODY)))
def test_any_grpc_message_is_accepted_or_the_senders_fault(served, body):
    host, port = served.addresses["grpc"]
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        call = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        outcome = call.future(body, timeout=10)
        assert outcome.code() in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT)
