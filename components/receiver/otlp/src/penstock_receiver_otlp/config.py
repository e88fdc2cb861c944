"""What the user writes under `receivers.otlp`."""

from typing import Annotated, Final, Self

from pydantic import Field, field_validator, model_validator

from penstock_api import Config, Duration, GrpcServerConfig, HttpServerConfig, Section, Signal
from penstock_api.config import ServerAuthConfig, Slot

__all__ = ("LimitsConfig", "OtlpGrpcConfig", "OtlpHttpConfig", "OtlpReceiverConfig", "ProtocolsConfig")


_MIB: Final = 1024 * 1024
_IN_FLIGHT: Final = 256 * _MIB


class LimitsConfig(Config):
    """What a server of either protocol keeps to."""

    max_connections: int = Field(default=10_000, ge=0)
    """Connections at a time; further ones are closed at once. 0 is without limit."""
    max_in_flight_bytes: int = Field(default=0, ge=0)
    """Bytes of requests that are not answered yet, over all connections; beyond that reading pauses. 0 is
    256 MiB, or one request of the largest size if that is more."""
    max_header_bytes: int = Field(default=64 * 1024, ge=1024)
    """The largest head of a request, in bytes, header compression undone."""
    max_continuations: int = Field(default=16, ge=0)
    """HTTP/2: in how many further frames the headers of a request may come."""
    max_resets: int = Field(default=1000, ge=1)
    """HTTP/2: requests of a connection that may be given up at once; as many again within 30 seconds."""
    max_idle_frames: int = Field(default=1000, ge=1)
    """HTTP/2: frames of a connection that may carry nothing, at once; as many again within 10 seconds."""
    write_timeout: Duration = Field(default=60.0, ge=0)
    """Give up a client that takes nothing of its replies for this long; 0 is without limit."""
    initial_window_size: int = Field(default=_MIB, ge=65_535, le=2**31 - 1)
    """HTTP/2: how many bytes of one request may be on their way."""
    initial_conn_window_size: int = Field(default=4 * _MIB, ge=65_535, le=2**31 - 1)
    """HTTP/2: how many bytes of all requests of a connection may be on their way."""
    reuse_port: bool = False
    """Share the port with other processes that do so too; the system spreads connections over them."""

    def in_flight(self, largest: int) -> int:
        """`max_in_flight_bytes`, its default filled in where a request has at most `largest` bytes."""
        return self.max_in_flight_bytes or max(_IN_FLIGHT, largest)

    def check_in_flight(self, largest: int) -> None:
        """Raise `ValueError` when a request of `largest` bytes is more than may be in flight."""
        if self.in_flight(largest) < largest:
            raise ValueError(
                "`max_in_flight_bytes` must hold the largest request, which is of "
                f"{largest} bytes: {self.max_in_flight_bytes}"
            )


class OtlpGrpcConfig(GrpcServerConfig, LimitsConfig):
    """OTLP over gRPC."""

    endpoint: str = "localhost:4317"
    """Where to listen: `host:port`, or the path of a socket when `transport` is `unix`."""
    auth: Section[ServerAuthConfig] = None
    """Who may send; without this section everybody."""
    read_header_timeout: Duration = Field(default=60.0, ge=0)
    """Close a connection that begins, or sends headers, more slowly than this; 0 is without limit."""
    read_timeout: Duration = Field(default=300.0, ge=0)
    """Give up a request that takes longer to arrive; 0 is without limit."""

    @model_validator(mode="after")
    def _check_in_flight(self) -> Self:
        self.check_in_flight(self.max_message_bytes)
        return self


class OtlpHttpConfig(HttpServerConfig, LimitsConfig):
    """OTLP over HTTP, in protobuf and JSON."""

    endpoint: str = "localhost:4318"
    """Where to listen: `host:port`, or the path of a socket when `transport` is `unix`."""
    auth: Section[ServerAuthConfig] = None
    """Who may send; without this section everybody."""
    traces_url_path: str = "/v1/traces"
    """The path of trace requests."""
    metrics_url_path: str = "/v1/metrics"
    """The path of metric requests."""
    logs_url_path: str = "/v1/logs"
    """The path of log requests."""
    idle_timeout: Duration = Field(default=0.0, ge=0)
    """Close a connection that had no request for this long; 0 is without limit."""
    max_header_bytes: int = Field(default=128 * 1024, ge=1024)
    """The largest head of a request, in bytes, header compression undone."""
    max_concurrent_streams: int = Field(default=0, ge=0)
    """HTTP/2: requests under way at a time on one connection; 0 is 1000."""
    max_connection_age: Duration = Field(default=0.0, ge=0)
    """Have a client reconnect after this long, which spreads load over servers; 0 is never."""
    max_connection_age_grace: Duration = Field(default=0.0, ge=0)
    """How long requests may still run on a connection that is too old; 0 is without limit."""

    @field_validator("traces_url_path", "metrics_url_path", "logs_url_path")
    @classmethod
    def _lead_with_slash(cls, path: str) -> str:
        return path if path.startswith("/") else f"/{path}"

    @model_validator(mode="after")
    def _check_paths(self) -> Self:
        paths = [self.path(signal) for signal in Signal]
        twice = next((path for path in paths if paths.count(path) > 1), None)
        if twice is not None:
            raise ValueError(f"each signal needs a path of its own: {twice}")
        self.check_in_flight(self.max_body_bytes)
        return self

    def path(self, signal: Signal) -> str:
        """The path of requests of `signal`."""
        paths = {
            Signal.TRACES: self.traces_url_path,
            Signal.METRICS: self.metrics_url_path,
            Signal.LOGS: self.logs_url_path,
        }
        return paths[signal]


class ProtocolsConfig(Config):
    """The protocols to serve; a protocol that is not named is off."""

    grpc: Annotated[Section[OtlpGrpcConfig], Slot("grpc")] = None
    """OTLP over gRPC. `grpc:` alone turns it on with its defaults."""
    http: Annotated[Section[OtlpHttpConfig], Slot("http")] = None
    """OTLP over HTTP. `http:` alone turns it on with its defaults."""


class OtlpReceiverConfig(Config):
    """What the user writes under `receivers.otlp`."""

    protocols: ProtocolsConfig = ProtocolsConfig()
    """The protocols to serve: at least one of `grpc` and `http`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.protocols.grpc is None and self.protocols.http is None:
            raise ValueError("must specify at least one protocol when using the OTLP receiver")
        return self
