"""Every limit of a server. Times are in seconds, sizes in bytes; 0 is without limit where that is said."""

import random
from dataclasses import dataclass
from typing import Final

__all__ = ("ServerLimits",)

_JITTER: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What all connections of a server keep to."""

    max_body: int = 4 << 20
    """The largest body of a request; a larger one is refused while it is read."""
    max_header_bytes: int = 64 << 10
    """The largest head, as sent and after header compression is undone."""
    max_connections: int = 10_000
    """Connections at a time; more are closed at once."""
    max_in_flight: int = 256 << 20
    """Bytes of requests read and not answered, over all connections: beyond it reading pauses."""
    max_concurrent_streams: int = 1_000
    """HTTP/2: requests under way at a time on one connection."""
    max_continuations: int = 16
    """HTTP/2: in how many further frames a field block may come."""
    max_resets: int = 1_000
    """HTTP/2: streams of one connection that may be reset at once; as many again within 30 seconds."""
    max_idle_frames: int = 1_000
    """HTTP/2: frames of one connection that may carry nothing, at once; as many again within 10 seconds."""
    stream_window: int = 1 << 20
    """HTTP/2: how much of one request may be on its way to us."""
    connection_window: int = 4 << 20
    """HTTP/2: how much of all requests of a connection may be on its way to us."""
    header_timeout: float = 60.0
    """How long a request's head may take to arrive, and the beginning of a connection; 0 is without limit."""
    read_timeout: float = 0.0
    """How long a request may take to arrive, body included; 0 is without limit."""
    write_timeout: float = 60.0
    """How long a reply may wait for the client to take something of it; 0 is without limit."""
    idle_timeout: float = 0.0
    """Close a connection that had no request for this long; 0 is without limit."""
    keepalive_time: float = 7200.0
    """HTTP/2: ping a silent client after this long; 0 is never."""
    keepalive_timeout: float = 20.0
    """HTTP/2: close the connection when a ping is not answered within this time."""
    min_ping_interval: float = 300.0
    """HTTP/2: a client that pings more often than this, without cause, is disconnected; 0 lets it."""
    permit_idle_pings: bool = False
    """HTTP/2: let clients ping while they have no request under way."""
    max_age: float = 0.0
    """Ask a client to reconnect after this long; 0 is never."""
    max_age_grace: float = 0.0
    """How long requests may still run on a connection that is too old; 0 is without limit."""
    keep_alive: bool = True
    """HTTP/1.1: let a client send several requests on one connection."""

    def age(self) -> float:
        """`max_age` for one connection, give or take a tenth, so that not all are made again at once."""
        return self.max_age * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
