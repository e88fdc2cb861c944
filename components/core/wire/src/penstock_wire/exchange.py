"""One request and its reply, whichever protocol carries them and in whichever role."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, TypeAlias  # Any: coroutines of asyncio yield what they like

__all__ = ("NO_PAIRS", "Answer", "Buffer", "Handler", "Head", "Pairs", "Request", "Response", "find")

Buffer = bytes | bytearray | memoryview
Pairs = tuple[tuple[bytes, bytes], ...]
"""Names in lower case, and values; pseudo-headers are not among them."""

NO_PAIRS: Final[Pairs] = ()


class Head:
    """What a request says of itself. Immutable: equal heads of a connection may be one object.

    `memo` is the handler's: what it found out about this head, kept for the next request that has it.
    """

    __slots__ = ("authority", "headers", "length", "memo", "method", "path", "scheme")

    def __init__(  # noqa: PLR0917 - made on the hot path
        self,
        method: bytes,
        path: bytes,
        headers: Pairs = NO_PAIRS,
        authority: bytes = b"",
        scheme: bytes = b"http",
        length: int | None = None,
    ) -> None:
        """`path` is with its query; `length` is what `content-length` says, if it says so."""
        self.method = method
        self.path = path
        self.headers = headers
        self.authority = authority
        self.scheme = scheme
        self.length = length
        self.memo: object = None

    def with_headers(self, pairs: Pairs) -> "Head":
        """This head with `pairs`, in place of its own headers of the same names."""
        names = {name for name, _ in pairs}
        kept = (pair for pair in self.headers if pair[0] not in names)
        return Head(self.method, self.path, (*kept, *pairs), self.authority, self.scheme, self.length)


class Request:
    """A request that is complete. `parts` is the body as it came; `peer` is the sender's `host:port`."""

    __slots__ = ("head", "parts", "peer", "size", "trailers")

    def __init__(
        self,
        head: Head,
        parts: "tuple[Buffer, ...] | list[Buffer]" = (),
        size: int = 0,
        peer: str = "",
        trailers: Pairs = NO_PAIRS,
    ) -> None:
        """`size` is the sum of the sizes of `parts`."""
        self.head = head
        self.parts = parts
        self.size = size
        self.peer = peer
        self.trailers = trailers

    def body(self) -> bytes:
        """The body in one piece."""
        parts = self.parts
        if len(parts) == 1 and type(parts[0]) is bytes:
            return parts[0]
        return b"".join(parts)


class Response:
    """A reply. Immutable: one object may answer many requests, which is cheap.

    `memo` is the protocol's: the bytes this reply becomes.
    """

    __slots__ = ("headers", "memo", "parts", "status", "trailers")

    def __init__(
        self,
        status: int,
        headers: Pairs = NO_PAIRS,
        parts: tuple[Buffer, ...] = (),
        trailers: Pairs = NO_PAIRS,
    ) -> None:
        """`parts` is the body, sent without joining it."""
        self.status = status
        self.headers = headers
        self.parts = parts
        self.trailers = trailers
        self.memo: object = None

    def body(self) -> bytes:
        """The body in one piece."""
        parts = self.parts
        if len(parts) == 1 and type(parts[0]) is bytes:
            return parts[0]
        return b"".join(parts)


Answer: TypeAlias = "Response | Coroutine[Any, Any, Response]"
Handler = Callable[[Request], Answer]
"""Called once per complete request, in the turn of the loop that read its end.

Returns the reply at once, or a coroutine. A coroutine that ends without waiting costs no task. It is
cancelled when nobody wants its reply any more. What it raises is answered as an
internal error and told to the service.
"""


def find(pairs: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    """The first value of `wanted`, or nothing."""
    for name, value in pairs:
        if name == wanted:
            return value
    return b""
