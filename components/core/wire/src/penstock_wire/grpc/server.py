"""Unary gRPC: a handler of requests that looks up methods and gives them messages."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from penstock_wire.compress import CodingError, Inflate, InflatedTooLargeError, compressor, inflater
from penstock_wire.exchange import Answer, Buffer, Head, Pairs, Request, Response, find
from penstock_wire.grpc.framing import FramingError, MessageTooLargeError, prefix, unframe
from penstock_wire.grpc.metadata import encode_metadata
from penstock_wire.grpc.status import (
    DEADLINE_EXCEEDED,
    INTERNAL,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    UNIMPLEMENTED,
    UNKNOWN,
    decode_timeout,
    encode_message,
)

__all__ = ("GrpcHandler", "Guard", "Method", "failure", "success")

Method = Callable[[bytes, Request], Answer]
"""Takes the message and the request that it came in; gives what `success` and `failure` make."""
Guard = Callable[[Request], Awaitable[Request | Response]]
"""Called before a message is looked at: gives the request that the method is given, or the reply."""

_TYPE: Final = (b"content-type", b"application/grpc")
_HEADERS: Final[Pairs] = (_TYPE,)
_ACCEPT: Final = (b"grpc-accept-encoding", b"identity,gzip,deflate,zstd")
_OK: Final = ((b"grpc-status", b"0"),)
_WORTH: Final = 1_024
_CODINGS: Final = (b"gzip", b"deflate", b"zstd")


def success(message: Buffer = b"", trailers: Pairs = (), head: Head | None = None) -> Response:
    """A reply of one message. With the `head` of its request, a large one is compressed if that is wanted."""
    if head is not None and len(message) >= _WORTH:
        coding = _wanted(head)
        if coding:
            parts = compressor(coding.decode())((bytes(message),))
            first = prefix(sum(map(len, parts)), compressed=True)
            return Response(
                200, (_TYPE, (b"grpc-encoding", coding)), (first, *parts), (*_OK, *encode_metadata(trailers))
            )
    return Response(200, _HEADERS, (prefix(len(message)), message), (*_OK, *encode_metadata(trailers)))


def failure(code: int, text: str, trailers: Pairs = ()) -> Response:
    """A reply without a message: its trailers are its head."""
    status = (b"grpc-status", b"%d" % code)
    return Response(200, (_TYPE, status, (b"grpc-message", encode_message(text)), *encode_metadata(trailers)))


class GrpcHandler:
    """A `Handler` that serves `methods`, whose keys are paths."""

    def __init__(
        self,
        methods: Mapping[str, Method],
        limit: int,
        guard: Guard | None = None,
        public: Mapping[str, Method] = MappingProxyType({}),
    ) -> None:
        """Refuse messages of more than `limit` bytes, before and after they are inflated.

        `public` methods are served without asking `guard`.
        """
        self._methods = {path.encode(): (method, guard) for path, method in methods.items()}
        self._methods |= {path.encode(): (method, None) for path, method in public.items()}
        self._limit = limit

    def __call__(self, request: Request) -> Answer:
        """Serve one call."""
        head = request.head
        known = head.memo
        if type(known) is not _Known:
            head.memo = known = self._look(head)
        if known.refusal is not None:
            return known.refusal
        if known.guard is not None:
            return self._admit(known.guard, known, request)
        return self._take(known, request)

    async def _admit(self, guard: Guard, known: "_Known", request: Request) -> Response:
        admitted = await guard(request)
        if isinstance(admitted, Response):
            return admitted
        reply = self._take(known, admitted)
        return reply if isinstance(reply, Response) else await reply

    def _take(self, known: "_Known", request: Request) -> Answer:
        try:
            message = unframe(request.parts, request.size, self._limit, known.inflate)
        except (MessageTooLargeError, InflatedTooLargeError) as error:
            return failure(
                RESOURCE_EXHAUSTED, str(error) or f"the message is larger than {self._limit} bytes"
            )
        except (FramingError, CodingError) as error:
            return failure(INTERNAL, str(error))
        return known.method(message, request)

    def refuse(self, head: Head, status: int) -> Response:
        """A `Service`'s `refuse`: what is told a client that gets no reply of a method."""
        if find(head.headers, b"content-type")[:16] != b"application/grpc":
            return Response(status)
        return _REFUSALS.get(status) or failure(INTERNAL, f"the request is refused: {status}")

    def timeout(self, head: Head) -> float | None:
        """A `Service`'s `timeout`: how long the client waits."""
        known = head.memo
        return known.timeout if type(known) is _Known else None

    def _look(self, head: Head) -> "_Known":
        method, guard = self._methods.get(head.path, (_unknown, None))
        coding = find(head.headers, b"grpc-encoding")
        inflate = inflater(coding.decode()) if coding in _CODINGS else None
        timeout = find(head.headers, b"grpc-timeout")
        seconds = decode_timeout(timeout) if timeout else None
        refusal: Response | None = None
        if head.method != b"POST":
            refusal = Response(405, ((b"allow", b"POST"),))
        elif not _is_grpc(find(head.headers, b"content-type")):
            refusal = Response(415, ((b"accept", b"application/grpc"),))
        elif method is _unknown:
            refusal = failure(UNIMPLEMENTED, f"unknown method {head.path.decode('latin-1')}")
        elif inflate is None and coding not in (b"", b"identity"):
            text = f"the message is compressed in a way that is not known: {coding.decode('latin-1')}"
            refusal = failure(UNIMPLEMENTED, text, (_ACCEPT,))
        elif timeout and seconds is None:
            refusal = failure(INTERNAL, f"malformed grpc-timeout: {timeout.decode('latin-1')}")
        return _Known(method, guard, inflate, seconds, refusal)


class _Known:
    """What was found out about a head."""

    __slots__ = ("guard", "inflate", "method", "refusal", "timeout")

    def __init__(
        self,
        method: Method,
        guard: Guard | None,
        inflate: Inflate | None,
        timeout: float | None,
        refusal: Response | None,
    ) -> None:
        self.method = method
        self.guard = guard
        self.inflate = inflate
        self.timeout = timeout
        self.refusal = refusal


def _unknown(message: bytes, request: Request) -> Response:  # noqa: ARG001 - a `Method`
    return failure(UNIMPLEMENTED, "unknown method")


def _is_grpc(value: bytes) -> bool:
    return value == b"application/grpc" or value.startswith((b"application/grpc+", b"application/grpc;"))


def _wanted(head: Head) -> bytes:
    """The first coding that both sides know."""
    accepted = find(head.headers, b"grpc-accept-encoding").replace(b" ", b"").split(b",")
    return next((one for one in (b"gzip", b"zstd") if one in accepted), b"")


_REFUSALS: Final = {
    413: failure(RESOURCE_EXHAUSTED, "the message is larger than allowed"),
    500: failure(UNKNOWN, "the method failed"),
    503: failure(UNAVAILABLE, "too much is in flight"),
    504: failure(DEADLINE_EXCEEDED, "the deadline has passed"),
}
