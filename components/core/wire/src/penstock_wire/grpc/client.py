"""Unary gRPC calls: one message to one method, one message back."""

import asyncio
from collections.abc import Sequence
from typing import Final

from penstock_wire.compress import CodingError, Compress, InflatedTooLargeError, compressor, inflater
from penstock_wire.errors import DisconnectedError, ProtocolError, RefusedError, ResetError, WireError
from penstock_wire.exchange import NO_PAIRS, Buffer, Head, Pairs, Response, find
from penstock_wire.grpc.framing import FramingError, MessageTooLargeError, prefix, unframe
from penstock_wire.grpc.metadata import decode_metadata, encode_metadata
from penstock_wire.grpc.status import (
    CANCELLED,
    DEADLINE_EXCEEDED,
    INTERNAL,
    OK,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    UNIMPLEMENTED,
    UNKNOWN,
    decode_message,
    encode_timeout,
)
from penstock_wire.pool import Pool
from penstock_wire.runtime import Clock

__all__ = ("CallError", "GrpcMethod")

_ACCEPTED: Final = (b"gzip", b"deflate", b"zstd")
_PERMISSION_DENIED: Final = 7
_UNAUTHENTICATED: Final = 16
_HTTP: Final = {
    400: INTERNAL,
    401: _UNAUTHENTICATED,
    403: _PERMISSION_DENIED,
    404: UNIMPLEMENTED,
    429: UNAVAILABLE,
    502: UNAVAILABLE,
    503: UNAVAILABLE,
    504: UNAVAILABLE,
}
# HTTP/2's error codes: NO_ERROR, PROTOCOL_ERROR, ..., HTTP_1_1_REQUIRED.
_RESETS: Final = {
    5: UNKNOWN,
    7: UNAVAILABLE,
    8: CANCELLED,
    11: RESOURCE_EXHAUSTED,
    12: _PERMISSION_DENIED,
    13: UNKNOWN,
}
_WORTH: Final = 1024


class CallError(Exception):
    """A call ended with another status than OK. `details` is its `grpc-status-details-bin`."""

    def __init__(self, code: int, message: str, details: bytes = b"") -> None:
        super().__init__(code, message, details)
        self.code = code
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return f"status {self.code}: {self.message}"


class GrpcMethod:
    """One method of one server."""

    def __init__(
        self,
        pool: Pool,
        path: str,
        *,
        clock: Clock,
        authority: str,
        metadata: Pairs = (),
        user_agent: str = "",
        coding: str = "",
        timeout: float = 0.0,
        max_message: int = 4 << 20,
        is_secure: bool = False,
    ) -> None:
        """`coding` compresses messages that are worth it: gzip, deflate or zstd; empty for none.

        A call may take `timeout` seconds, which the server is told; 0 is without limit.
        """
        self._pool = pool
        self._clock = clock
        self._timeout = timeout
        self._limit = max_message
        self._compress: Compress | None = compressor(coding) if coding else None
        headers: list[tuple[bytes, bytes]] = [(b"te", b"trailers"), (b"content-type", b"application/grpc")]
        if user_agent:
            headers.append((b"user-agent", user_agent.encode()))
        if coding:
            headers.append((b"grpc-encoding", coding.encode()))
        headers.append((b"grpc-accept-encoding", b"identity," + b",".join(_ACCEPTED)))
        if timeout:
            headers.append((b"grpc-timeout", encode_timeout(timeout)))
        self._head = Head(
            b"POST",
            path.encode(),
            (*headers, *encode_metadata(metadata)),
            authority=authority.encode(),
            scheme=b"https" if is_secure else b"http",
        )
        self._own: tuple[Pairs, Head] = NO_PAIRS, self._head

    async def call(self, message: Sequence[bytes], metadata: Pairs = NO_PAIRS) -> bytes:
        """The response to a message, given in pieces. Raises `CallError`, also without a connection.

        `metadata` goes in place of the method's of the same names; best one object for many calls.
        """
        parts, head = self._frame(message), self._head_with(metadata)
        if not self._timeout:
            return await self._call(head, parts)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                timer = self._clock.call_later(self._timeout, lambda: limit.reschedule(loop.time()))
                try:
                    return await self._call(head, parts)
                finally:
                    timer.cancel()
        except TimeoutError as error:
            raise CallError(DEADLINE_EXCEEDED, "the call has taken too long") from error

    def _head_with(self, metadata: Pairs) -> Head:
        if metadata is not self._own[0]:
            self._own = metadata, self._head.with_headers(encode_metadata(metadata))
        return self._own[1]

    def _frame(self, message: Sequence[bytes]) -> Sequence[bytes]:
        size = sum(map(len, message))
        if self._compress is None or size < _WORTH:
            return (prefix(size), *message)
        packed = self._compress(message)
        return (prefix(sum(map(len, packed)), compressed=True), *packed)

    async def _call(self, head: Head, parts: Sequence[Buffer]) -> bytes:
        try:
            response = await self._pool.request(head, parts)
        except WireError as error:
            raise CallError(_code_of(error), str(error)) from error
        return self._read(response)

    def _read(self, response: Response) -> bytes:
        status, told = _status_of(response)
        if status != OK:
            text = decode_message(find(told, b"grpc-message"))
            details = find(decode_metadata(told), b"grpc-status-details-bin")
            raise CallError(status, text, details)
        coding = find(response.headers, b"grpc-encoding")
        inflate = inflater(coding.decode()) if coding in _ACCEPTED else None
        try:
            return unframe(response.parts, sum(map(len, response.parts)), self._limit, inflate)
        except (MessageTooLargeError, InflatedTooLargeError) as error:
            message = str(error) or f"the response is larger than {self._limit} bytes"
            raise CallError(RESOURCE_EXHAUSTED, message) from error
        except (FramingError, CodingError) as error:
            raise CallError(INTERNAL, f"the response cannot be read: {error}") from error


def _status_of(response: Response) -> tuple[int, Pairs]:
    """The status of a call, and the headers that tell more of it: a reply without message has no others."""
    for told in (response.trailers, response.headers):
        value = find(told, b"grpc-status")
        if value:
            return (int(value) if value.isdigit() and len(value) < 4 else UNKNOWN), told
    if response.status != 200:
        text = b"the server has answered with HTTP status %d" % response.status
        return _HTTP.get(response.status, UNKNOWN), ((b"grpc-message", text),)
    if not find(response.headers, b"content-type").startswith(b"application/grpc"):
        return UNKNOWN, ((b"grpc-message", b"the server does not speak gRPC"),)
    return UNKNOWN, ((b"grpc-message", b"the server has not told a status"),)


def _code_of(error: WireError) -> int:
    if isinstance(error, (DisconnectedError, RefusedError)):
        return UNAVAILABLE
    if isinstance(error, ResetError):
        return _RESETS.get(error.code, INTERNAL)
    return RESOURCE_EXHAUSTED if isinstance(error, ProtocolError) else INTERNAL
