"""Sends requests over HTTP/1.1."""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Final

import httptools

from benchmarks.answers import refusal
from benchmarks.load import Outcome, Shape

__all__ = ("send_http",)

_OK: Final = 200


async def send_http(address: str, bodies: Iterator[bytes], shape: Shape, outcome: Outcome) -> None:
    """POST each of `bodies` once. A connection sends ahead of its answers up to `in_flight` requests."""
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()
    ends = []
    for _ in range(shape.connections):
        end = loop.create_future()
        make = partial(_Connection, address, bodies, shape.in_flight, outcome, end)
        await loop.create_connection(make, host, int(port))
        ends.append(end)
    await asyncio.gather(*ends)


class _Connection(asyncio.Protocol):
    """One connection: sends a request for every answer. Its methods `on_...` are called by the parser."""

    def __init__(
        self,
        address: str,
        bodies: Iterator[bytes],
        in_flight: int,
        outcome: Outcome,
        end: "asyncio.Future[None]",
    ) -> None:
        self._end = end
        self._head = (
            f"POST /v1/traces HTTP/1.1\r\nhost: {address}\r\n"
            "content-type: application/x-protobuf\r\ncontent-length: "
        ).encode()
        self._bodies = bodies
        self._in_flight = in_flight
        self._open = 0
        self._outcome = outcome
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        for _ in range(self._in_flight):
            self._send()
        self._finish()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        for _ in range(self._open):
            self._outcome.note(f"the server closed the connection: {exc}")
        self._open = 0
        self._finish()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status, body, self._body = self._parser.get_status_code(), self._body, b""
        self._outcome.note(refusal(body) if status == _OK else f"{status}: {body.decode(errors='replace')}")
        self._open -= 1
        self._send()
        self._finish()

    def _send(self) -> None:
        body = next(self._bodies, None)
        if body is not None:
            assert self._transport is not None
            self._open += 1
            self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))

    def _finish(self) -> None:
        if self._open == 0 and not self._end.done():
            self._end.set_result(None)
            assert self._transport is not None
            self._transport.close()
