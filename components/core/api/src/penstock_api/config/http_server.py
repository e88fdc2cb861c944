"""What the user writes for an HTTP server."""

import re
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from penstock_api.config.duration import Duration
from penstock_api.config.endpoint import split_endpoint
from penstock_api.config.headers import HTTP_NAME, check_headers
from penstock_api.config.model import Config
from penstock_api.config.secret import Headers
from penstock_api.config.section import Section
from penstock_api.config.tls_server import TlsServerConfig

__all__ = ("CorsConfig", "HttpServerConfig")

_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class CorsConfig(Config):
    """Which web pages may send requests from a browser."""

    allowed_origins: tuple[str, ...] = ()
    """Origins such as `https://example.com`; `*` stands for any text. Without one, CORS is off."""
    allowed_headers: tuple[str, ...] = ()
    """Request headers to allow besides `Accept`, `Content-Type` and `X-Requested-With`; `*` is any."""
    exposed_headers: tuple[str, ...] = ()
    """Response headers that the page may read."""
    max_age: int = Field(default=0, ge=0)
    """Seconds for which a browser may remember the permission; 0 leaves it to the browser."""


class HttpServerConfig(Config):
    """An HTTP server. Components subclass it to give `endpoint` a default."""

    endpoint: str
    """Where to listen: `host:port`, or the path of a socket when `transport` is `unix`."""
    transport: Literal["tcp", "unix"] = "tcp"
    """The kind of socket."""
    tls: Section[TlsServerConfig] = None
    """TLS; without this section the server speaks plain text."""
    cors: Section[CorsConfig] = None
    """Requests from web pages."""
    max_request_body_size: int = Field(default=20 * 1024 * 1024, ge=0)
    """The largest body to accept, in bytes, before and after decompression; 0 is the default."""
    compression_algorithms: tuple[Literal["", "gzip", "zstd", "zlib", "deflate"], ...] = (
        "",
        "gzip",
        "zstd",
        "zlib",
        "deflate",
    )
    """Content encodings to accept; the empty one is an uncompressed body."""
    response_headers: Headers = Field(default_factory=dict)
    """Headers to add to every response."""
    include_metadata: bool = False
    """Keep the request's headers with the batch, for components that look at them."""
    keep_alives_enabled: bool = True
    """Let a client send several requests on one connection."""
    read_header_timeout: Duration = Field(default=60.0, ge=0)
    """Close a connection whose request head takes longer; 0 is without limit."""
    read_timeout: Duration = Field(default=0.0, ge=0)
    """Close a connection whose request takes longer to arrive, body included; 0 is without limit."""
    idle_timeout: Duration = Field(default=60.0, ge=0)
    """Close a connection that had no request for this long; 0 is without limit."""

    @property
    def max_body_bytes(self) -> int:
        """`max_request_body_size`, its default filled in."""
        return self.max_request_body_size or 20 * 1024 * 1024

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.transport == "tcp":
            split_endpoint(self.endpoint)
        check_headers("response_headers", self.response_headers, "HTTP", HTTP_NAME, _VALUE)
        return self
