"""What the user writes under `exporters.otlp_http`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Duration, HttpClientConfig, Section, Signal, check_url
from penstock_api.config import ClientAuthConfig
from penstock_api.config.http_client import Compression
from penstock_api.exporting import QueueConfig, RetryConfig

__all__ = ("OtlpHttpConfig",)


class OtlpHttpConfig(HttpClientConfig):
    """Where and how to send."""

    endpoint: str = ""
    """URL of the server, to which `/v1/traces`, `/v1/metrics` or `/v1/logs` is added."""
    traces_endpoint: str = ""
    """URL for traces, used as it is, instead of `endpoint`."""
    metrics_endpoint: str = ""
    """URL for metrics, used as it is, instead of `endpoint`."""
    logs_endpoint: str = ""
    """URL for logs, used as it is, instead of `endpoint`."""
    encoding: Literal["proto", "json"] = "proto"
    """Send protobuf or JSON."""
    compression: Compression = "gzip"
    """How requests are compressed: `gzip`, `zstd`, `deflate`, `zlib`, or empty or `none` for not at all."""
    timeout: Duration = Field(default=30.0, ge=0)
    """Longest time that one attempt to send may take; 0 means no limit."""
    write_buffer_size: int = Field(default=512 * 1024, ge=0)
    """Accepted without effect: requests are written in the pieces in which they are held."""
    auth: Section[ClientAuthConfig] = None
    """How to prove who sends; without this section nothing is proved."""
    retry_on_failure: Section[RetryConfig] = RetryConfig()
    """Tries again what the server could not take for now; `enabled: false` turns it off."""
    sending_queue: Section[QueueConfig] = QueueConfig()
    """Takes batches at once and sends them in the background; `enabled: false` turns it off."""

    def url(self, signal: Signal) -> str:
        """Where `signal` is sent; empty when nothing says so."""
        own: str = getattr(self, f"{signal}_endpoint")
        if own or not self.endpoint:
            return own
        return f"{self.endpoint.removesuffix('/')}/v1/{signal}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not any(map(self.url, Signal)):
            raise ValueError("at least one endpoint must be specified")
        for signal in Signal:
            check_url(f"{signal}_endpoint", getattr(self, f"{signal}_endpoint"))
        if self.compression in ("snappy", "x-snappy-framed", "lz4"):
            raise ValueError(f"`compression` must be gzip, zstd, deflate, zlib or none: {self.compression!r}")
        return self
