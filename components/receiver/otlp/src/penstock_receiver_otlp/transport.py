"""The one interface between OTLP and whatever carries its requests.

A transport knows nothing of OTLP: it looks a request's path up in a table and awaits the handler found there.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from penstock_api import Deadline

__all__ = (
    "Address",
    "Call",
    "FixedPairs",
    "Handler",
    "Pairs",
    "Reply",
    "TooLargeError",
    "Transport",
)

Pairs = Sequence[tuple[bytes, bytes]]
FixedPairs = tuple[tuple[bytes, bytes], ...]
Address = tuple[str, int]
"""Host and port; the path and 0 for a unix socket."""


class TooLargeError(Exception):
    """The body is larger than the reader allows."""


class Call(Protocol):
    """One request, which is complete."""

    @property
    def method(self) -> str:
        """The HTTP method; `POST` in gRPC."""
        ...

    @property
    def headers(self) -> Pairs:
        """Names in lower case, and values."""
        ...

    @property
    def peer(self) -> str:
        """The sender's `host:port`."""
        ...

    def body(self, limit: int) -> bytes:
        """The whole body. Raises `TooLargeError` beyond `limit` bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. `status` is an HTTP status or a gRPC code; `headers` are trailers in gRPC.

    `message` is the text of a gRPC status other than OK, and not used in HTTP.
    """

    status: int
    body: bytes = b""
    headers: FixedPairs = ()
    message: str = ""


Handler = Callable[[Call], Awaitable[Reply]]


class Transport(Protocol):
    """A server of one protocol."""

    @property
    def address(self) -> Address:
        """Where it listens; the port is the real one. Only while it is started."""
        ...

    async def start(self) -> None:
        """Listen. Raises `StartError`."""

    async def shutdown(self, deadline: Deadline, /) -> None:
        """Accept nothing more, let requests finish by `deadline`, and close.

        Safe before `start`, and twice.
        """
