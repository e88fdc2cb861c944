"""What a configuration says about limits, in the words of the wire."""

from typing import Final

from penstock_api import GrpcServerConfig
from penstock_receiver_otlp.config import LimitsConfig, OtlpGrpcConfig, OtlpHttpConfig
from penstock_wire.limits import ServerLimits

__all__ = ("grpc_limits", "http_limits")

_PREFIX: Final = 5  # what comes before a message of gRPC
_STREAMS: Final = 1_000


def grpc_limits(config: OtlpGrpcConfig) -> ServerLimits:
    """The limits of the gRPC server."""
    return ServerLimits(
        max_body=config.max_message_bytes + _PREFIX,
        max_concurrent_streams=config.max_concurrent_streams or _STREAMS,
        header_timeout=config.read_header_timeout,
        read_timeout=config.read_timeout,
        max_in_flight=config.in_flight(config.max_message_bytes + _PREFIX),
        **_common(config),  # type: ignore[arg-type]  # each has its field's type
        **_keepalive(config),  # type: ignore[arg-type]  # the same
    )


def http_limits(config: OtlpHttpConfig) -> ServerLimits:
    """The limits of the HTTP server."""
    return ServerLimits(
        max_body=config.max_body_bytes,
        max_concurrent_streams=config.max_concurrent_streams or _STREAMS,
        header_timeout=config.read_header_timeout,
        read_timeout=config.read_timeout,
        idle_timeout=config.idle_timeout,
        max_age=config.max_connection_age,
        max_age_grace=config.max_connection_age_grace,
        keep_alive=config.keep_alives_enabled,
        max_in_flight=config.in_flight(config.max_body_bytes),
        **_common(config),  # type: ignore[arg-type]  # each has its field's type
    )


def _common(config: LimitsConfig) -> dict[str, float]:
    return {
        "max_connections": config.max_connections,
        "max_header_bytes": config.max_header_bytes,
        "max_continuations": config.max_continuations,
        "max_resets": config.max_resets,
        "max_idle_frames": config.max_idle_frames,
        "stream_window": config.initial_window_size,
        "connection_window": config.initial_conn_window_size,
        "write_timeout": config.write_timeout,
    }


def _keepalive(config: GrpcServerConfig) -> dict[str, float]:
    """A zero, and a section that is not there, is the wire's default."""
    keepalive = config.keepalive
    server = keepalive.server_parameters if keepalive is not None else None
    clients = keepalive.enforcement_policy if keepalive is not None else None
    given: dict[str, float] = {}
    if server is not None:
        given = {
            "idle_timeout": server.max_connection_idle,
            "max_age": server.max_connection_age,
            "max_age_grace": server.max_connection_age_grace,
            "keepalive_time": server.time,
            "keepalive_timeout": server.timeout,
        }
    if clients is not None:
        given |= {"min_ping_interval": clients.min_time, "permit_idle_pings": clients.permit_without_stream}
    return {name: value for name, value in given.items() if value}
