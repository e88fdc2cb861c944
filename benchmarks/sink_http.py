"""The HTTP side of the backend."""

import asyncio
import zlib
from collections.abc import Callable
from typing import Final

import httptools

from penstock_api import MalformedError

__all__ = ("serve_http",)

_GZIP: Final = 16 + zlib.MAX_WBITS
_HEAD: Final = b"HTTP/1.1 %b\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
_OK: Final = _HEAD % b"200 OK"
_BAD: Final = _HEAD % b"400 Bad Request"


async def serve_http(take: Callable[[bytes], None]) -> tuple[asyncio.Server, int]:
    """Serve on a free port; `take` is given every body, inflated, and may raise `MalformedError`."""
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(take), "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


class _Connection(asyncio.Protocol):
    """One connection. Its methods `on_...` are called by the parser."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._parser = httptools.HttpRequestParser(self)
        self._parts: list[bytes] = []
        self._gzip = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._parts, self._gzip = [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-encoding":
            self._gzip = value.lower() == b"gzip"

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self._parts)
        assert self._transport is not None
        try:
            self._take(zlib.decompress(body, _GZIP) if self._gzip else body)
        except (MalformedError, zlib.error):
            self._transport.write(_BAD)
        else:
            self._transport.write(_OK)
