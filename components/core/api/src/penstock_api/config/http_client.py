"""What the user writes for an HTTP client."""

import re
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from penstock_api.config.duration import Duration
from penstock_api.config.headers import HTTP_NAME, check_headers
from penstock_api.config.model import Config
from penstock_api.config.secret import Headers
from penstock_api.config.section import Section
from penstock_api.config.tls_client import TlsClientConfig

__all__ = ("Compression", "CompressionParams", "CookiesConfig", "HttpClientConfig", "check_url")

_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")
_LEVELS: Final = {
    "gzip": (-1, *range(1, 10)),
    "zlib": (-1, *range(1, 10)),
    "deflate": (-1, *range(1, 10)),
    "zstd": (1, 3, 6, 11),
}


Compression = Literal["", "none", "gzip", "zlib", "deflate", "zstd", "snappy", "x-snappy-framed", "lz4"]


class CompressionParams(Config):
    """How hard to compress."""

    level: int = 0
    """For gzip, zlib and deflate -1 or 1 to 9, for zstd 1, 3, 6 or 11; 0 is the fast default."""


class CookiesConfig(Config):
    """Keeping cookies. Present is on."""


class HttpClientConfig(Config):
    """An HTTP client. Components subclass it to give their own defaults."""

    endpoint: str = ""
    """URL to send to."""
    proxy_url: str = ""
    """URL of the proxy, instead of what `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say."""
    tls: TlsClientConfig = TlsClientConfig()
    """TLS of `https://` URLs."""
    timeout: Duration = Field(default=0.0, ge=0)
    """Longest time that one request may take; 0 means no limit."""
    headers: Headers = Field(default_factory=dict)
    """Headers to send with every request; `Host` replaces the URL's."""
    compression: Literal[
        "", "none", "gzip", "zlib", "deflate", "zstd", "snappy", "x-snappy-framed", "lz4"
    ] = ""
    """How requests are compressed; empty is `none`."""
    compression_params: CompressionParams = CompressionParams()
    """How hard to compress."""
    max_idle_conns: int = Field(default=100, ge=0)
    """How many connections are kept open between requests; 0 means no limit."""
    max_idle_conns_per_host: int = Field(default=0, ge=0)
    """The same for each host."""
    max_conns_per_host: int = Field(default=0, ge=0)
    """How many connections there are at most to a host; 0 means no limit."""
    idle_conn_timeout: Duration = Field(default=90.0, ge=0)
    """Close a connection that had no request for this long; 0 means never."""
    disable_keep_alives: bool = False
    """Use a new connection for every request."""
    cookies: Section[CookiesConfig] = None
    """Keep the cookies that a server sets, and send them back; off unless present."""
    read_buffer_size: int = Field(default=0, ge=0)
    """Accepted without effect: as much is read at a time as there is."""
    write_buffer_size: int = Field(default=0, ge=0)
    """Accepted without effect: requests are written in the pieces in which they are held."""
    force_attempt_http2: bool = True
    """Use HTTP/2 where the server offers it."""
    http2_read_idle_timeout: Duration = Field(default=0.0, ge=0)
    """Ping a silent HTTP/2 server after this long; 0 means never."""
    http2_ping_timeout: Duration = Field(default=0.0, ge=0)
    """Close the connection when such a ping is not answered within this time; 0 is the library's default."""

    @model_validator(mode="after")
    def _check_http_client(self) -> Self:
        check_headers("headers", self.headers, "HTTP", HTTP_NAME, _VALUE)
        level, known = self.compression_params.level, _LEVELS.get(self.compression, ())
        if level and level not in known:
            raise ValueError(f"`compression_params.level` does not exist for {self.compression!r}: {level}")
        for key in ("endpoint", "proxy_url"):
            check_url(key, getattr(self, key))
        return self


def check_url(key: str, url: str) -> None:
    """Raise `ValueError` unless `url` is empty or one that HTTP can use; a password in it is not shown."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        shown = re.sub(r"^.*@", "[REDACTED]@", url)
        raise ValueError(f"`{key}` must be a URL such as https://host:port/path: {shown!r}")
