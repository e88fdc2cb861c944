"""Config types: what a user writes, checked strictly, with every mistake reported at once."""

from penstock_api.config.decode import decode
from penstock_api.config.duration import Duration, format_duration, parse_duration
from penstock_api.config.endpoint import split_endpoint
from penstock_api.config.grpc_server import (
    GrpcEnforcementPolicy,
    GrpcKeepaliveServer,
    GrpcServerConfig,
    GrpcServerParameters,
)
from penstock_api.config.http_server import CorsConfig, HttpServerConfig
from penstock_api.config.model import Config, Expanded
from penstock_api.config.secret import Headers, Secret
from penstock_api.config.section import Section
from penstock_api.config.tls_server import ServerPems, TlsServerConfig

__all__ = (
    "Config",
    "CorsConfig",
    "Duration",
    "Expanded",
    "GrpcEnforcementPolicy",
    "GrpcKeepaliveServer",
    "GrpcServerConfig",
    "GrpcServerParameters",
    "Headers",
    "HttpServerConfig",
    "Secret",
    "Section",
    "ServerPems",
    "TlsServerConfig",
    "decode",
    "format_duration",
    "parse_duration",
    "split_endpoint",
)
