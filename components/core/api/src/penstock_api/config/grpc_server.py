"""What the user writes for a gRPC server."""

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api.config.duration import Duration
from penstock_api.config.endpoint import split_endpoint
from penstock_api.config.model import Config
from penstock_api.config.section import Section
from penstock_api.config.tls_server import TlsServerConfig

__all__ = ("GrpcEnforcementPolicy", "GrpcKeepaliveServer", "GrpcServerConfig", "GrpcServerParameters")


class GrpcServerParameters(Config):
    """When the server closes connections and pings clients. A zero is the library's default."""

    max_connection_idle: Duration = 0.0
    """Close a connection that had no request for this long; 0 is never."""
    max_connection_age: Duration = 0.0
    """Ask a client to reconnect after this long, which spreads load over servers; 0 is never."""
    max_connection_age_grace: Duration = 0.0
    """How long requests may still run on a connection that is too old; 0 is without limit."""
    time: Duration = 0.0
    """Ping a silent client after this long; 0 is 2h."""
    timeout: Duration = 0.0
    """Close the connection when a ping is not answered within this time; 0 is 20s."""


class GrpcEnforcementPolicy(Config):
    """How often clients may ping."""

    min_time: Duration = 0.0
    """The shortest time between a client's pings; who pings more often is disconnected; 0 is 5m."""
    permit_without_stream: bool = False
    """Let clients ping while they have no request under way."""


class GrpcKeepaliveServer(Config):
    """Keeping connections alive, and getting rid of dead ones."""

    server_parameters: Section[GrpcServerParameters] = None
    """What the server does."""
    enforcement_policy: Section[GrpcEnforcementPolicy] = None
    """What clients may do."""


class GrpcServerConfig(Config):
    """A gRPC server. Components subclass it to give `endpoint` a default."""

    endpoint: str
    """Where to listen: `host:port`, or the path of a socket when `transport` is `unix`."""
    transport: Literal["tcp", "unix"] = "tcp"
    """The kind of socket."""
    tls: Section[TlsServerConfig] = None
    """TLS; without this section the server speaks plain text."""
    max_recv_msg_size_mib: int = Field(default=0, ge=0)
    """The largest message to accept, in MiB; 0 is 4."""
    max_concurrent_streams: int = Field(default=0, ge=0)
    """Requests under way at a time on one connection; 0 is 1000."""
    read_buffer_size: int = Field(default=0, ge=0)
    """Accepted without effect: as much is read at a time as there is."""
    write_buffer_size: int = Field(default=0, ge=0)
    """Accepted without effect: replies are written in the pieces in which they are held."""
    keepalive: Section[GrpcKeepaliveServer] = None
    """Keeping connections alive."""
    include_metadata: bool = False
    """Keep the request's metadata with the batch, for components that look at it."""

    @property
    def max_message_bytes(self) -> int:
        """`max_recv_msg_size_mib` in bytes, its default filled in."""
        return (self.max_recv_msg_size_mib or 4) << 20

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.transport == "tcp":
            split_endpoint(self.endpoint)
        return self
