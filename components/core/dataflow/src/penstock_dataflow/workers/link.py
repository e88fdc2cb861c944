"""Messages over a socket pair, in order, each whole."""

import asyncio
import io
import pickle
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar  # Any: what a mapping holds

__all__ = ("Link",)

Out = TypeVar("Out")
In = TypeVar("In")

_LENGTH: Final = struct.Struct("<Q")


class Link(Generic[Out, In]):
    """One end. Both ends are ours, of one version and one user: what arrives is trusted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """For `over`."""
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> "Link[Out, In]":
        """A link over one end of a socket pair, which then belongs to it."""
        end.setblocking(False)
        return cls(*await asyncio.open_connection(sock=end))

    def send(self, message: Out) -> None:
        """Send `message` behind those before it; nothing happens when the other end has gone."""
        if self._writer.is_closing():
            return
        data = _packed(message)
        self._writer.write(_LENGTH.pack(len(data)))
        self._writer.write(data)

    @property
    def waiting(self) -> int:
        """Bytes that the other end has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    async def messages(self) -> AsyncIterator[In]:
        """What arrives, until the other end has gone."""
        try:
            while True:
                (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
                message: In = pickle.loads(await self._reader.readexactly(length))  # noqa: S301 - ours
                yield message
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    async def flush(self) -> None:
        """Return when the other end has been given everything, or has gone."""
        try:
            await self._writer.drain()
        except ConnectionError:
            return

    def close(self) -> None:
        """Nothing more is sent, after what was."""
        self._writer.close()


def _packed(message: object) -> bytes:
    stream = io.BytesIO()
    _Packer(stream, pickle.HIGHEST_PROTOCOL).dump(message)
    return stream.getvalue()


def _view(items: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(items)


class _Packer(pickle.Pickler):
    """Also takes views of mappings, which pickle leaves out: identities and rows have them."""

    def reducer_override(self, value: object) -> Any:  # Any: as pickle has it
        """Called for everything that is no plain value."""
        if isinstance(value, MappingProxyType):
            return _view, (dict(value),)
        return NotImplemented
