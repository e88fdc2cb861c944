"""What the user writes under `receivers.otlp`."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from penstock_api import Config, Duration, GrpcServerConfig, HttpServerConfig, Section, Signal

__all__ = ("OtlpGrpcConfig", "OtlpHttpConfig", "OtlpReceiverConfig", "ProtocolsConfig")


class OtlpGrpcConfig(GrpcServerConfig):
    """OTLP over gRPC."""

    endpoint: str = "localhost:4317"
    """Where to listen: `host:port`, or the path of a socket when `transport` is `unix`."""


class OtlpHttpConfig(HttpServerConfig):
    """OTLP over HTTP, in protobuf and JSON."""

    endpoint: str = "localhost:4318"
    """Where to listen: `host:port`, or the path of a socket when `transport` is `unix`."""
    traces_url_path: str = "/v1/traces"
    """The path of trace requests."""
    metrics_url_path: str = "/v1/metrics"
    """The path of metric requests."""
    logs_url_path: str = "/v1/logs"
    """The path of log requests."""
    idle_timeout: Duration = Field(default=0.0, ge=0)
    """Close a connection that had no request for this long; 0 is without limit."""

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

    grpc: Section[OtlpGrpcConfig] = None
    """OTLP over gRPC. `grpc:` alone turns it on with its defaults."""
    http: Section[OtlpHttpConfig] = None
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
