"""Sends requests over HTTP/1.1."""

import asyncio
import ssl
from collections.abc import Iterator
from typing import Final

import httptools

from benchmarks.answers import refusal
from benchmarks.cases import Shape
from benchmarks.load import Outcome

__all__ = ("HttpSender",)

_OK: Final = 200


class HttpSender:
    """A `load.Sender`. A connection sends ahead of its answers up to `in_flight` requests."""

    def __init__(self, address: str, shape: Shape, authority: str) -> None:
        """With the path of an `authority` the connections are of TLS."""
        self._address = address
        self._shape = shape
        self._tls = ssl.create_default_context(cafile=authority) if authority else None
        self._connections: list[_Connection] = []

    async def connect(self) -> None:
        """Make the connections."""
        host, _, port = self._address.rpartition(":")
        loop = asyncio.get_running_loop()
        for _ in range(self._shape.connections):
            made = await loop.create_connection(
                lambda: _Connection(self._address), host, int(port), ssl=self._tls
            )
            self._connections.append(made[1])

    async def send(self, bodies: Iterator[bytes], outcome: Outcome) -> None:
        """Send each of `bodies` once."""
        in_flight = self._shape.in_flight
        await asyncio.gather(*[one.run(bodies, in_flight, outcome) for one in self._connections])

    async def close(self) -> None:
        """Close the connections."""
        for one in self._connections:
            one.close()


class _Connection(asyncio.Protocol):
    """One connection: sends a request for every answer. Its methods `on_...` are called by the parser."""

    def __init__(self, address: str) -> None:
        self._head = (
            f"POST /v1/traces HTTP/1.1\r\nhost: {address}\r\n"
            "content-type: application/x-protobuf\r\ncontent-length: "
        ).encode()
        self._bodies: Iterator[bytes] = iter(())
        self._open = 0
        self._outcome = Outcome()
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._transport: asyncio.WriteTransport | None = None

    async def run(self, bodies: Iterator[bytes], in_flight: int, outcome: Outcome) -> None:
        """Send until there are no more bodies, and return when all are answered."""
        self._bodies, self._outcome = bodies, outcome
        for _ in range(in_flight):
            self._send()
        self._finish()
        await self._end

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

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
