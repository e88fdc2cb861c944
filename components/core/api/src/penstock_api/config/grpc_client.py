"""What the user writes for a gRPC client."""

import re
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from penstock_api.config.duration import Duration
from penstock_api.config.headers import check_headers
from penstock_api.config.model import Config
from penstock_api.config.secret import Headers
from penstock_api.config.section import Section
from penstock_api.config.tls_client import TlsClientConfig

__all__ = ("GrpcClientConfig", "GrpcKeepaliveClient")

_NAME: Final = re.compile(r"[0-9A-Za-z_.-]+")
_VALUE: Final = re.compile(r"[\x20-\x7e]*")


class GrpcKeepaliveClient(Config):
    """Pings that find a dead connection."""

    time: Duration = Field(default=10.0, ge=0)
    """Ping a silent server after this long."""
    timeout: Duration = Field(default=10.0, ge=0)
    """Close the connection when a ping is not answered within this time."""
    permit_without_stream: bool = False
    """Ping also while no request is under way."""


class GrpcClientConfig(Config):
    """A gRPC client. Components subclass it to give their own defaults."""

    endpoint: str = ""
    """Where to connect: `host:port`, with `http://` before it for plain text or `https://` for TLS; also
    `dns:///host:port` and `unix:///path`."""
    tls: TlsClientConfig = TlsClientConfig()
    """TLS; the client speaks it unless `insecure` is set."""
    compression: Literal["", "none", "gzip", "deflate", "snappy", "zstd"] = "gzip"
    """How requests are compressed; empty is `none`."""
    headers: Headers = Field(default_factory=dict)
    """Metadata to send with every request."""
    wait_for_ready: bool = False
    """Let a request wait while there is no connection, instead of failing at once."""
    keepalive: Section[GrpcKeepaliveClient] = None
    """Pings; without this section there are none."""
    balancer_name: Literal["", "round_robin", "pick_first"] = "round_robin"
    """How requests are spread over the addresses of the endpoint's name; empty is `pick_first`."""
    authority: str = ""
    """The `:authority` of requests, instead of the endpoint."""
    user_agent: str = ""
    """How the client names itself, instead of `<description>/<version> (<os>/<arch>)`."""
    read_buffer_size: int = Field(default=0, ge=0)
    """Accepted without effect: as much is read at a time as there is."""
    write_buffer_size: int = Field(default=512 * 1024, ge=0)
    """Accepted without effect: requests are written in the pieces in which they are held."""

    @property
    def plaintext(self) -> bool:
        """Whether to connect without TLS: the endpoint's scheme decides before `tls.insecure`."""
        if self.endpoint.startswith(("http://", "https://")):
            return self.endpoint.startswith("http://")
        return self.tls.insecure

    @property
    def target(self) -> str:
        """The endpoint as gRPC libraries take it."""
        return re.sub(r"^https?://", "", self.endpoint).removesuffix("/")

    @model_validator(mode="after")
    def _check_grpc_client(self) -> Self:
        check_headers("headers", self.headers, "gRPC", _NAME, _VALUE)
        if not self.endpoint or self.endpoint.startswith("unix:"):
            return self
        _check_port(self.target.rpartition("/")[2])
        return self


def _check_port(address: str) -> None:
    host, colon, port = address.rpartition(":")
    if not colon or not host or ("]" in port):
        raise ValueError(f"`endpoint` must be host:port: {address!r}")
    if not (port.isascii() and port.isdigit()):
        raise ValueError(f'invalid port "{port}" in `endpoint`: {address!r}')
