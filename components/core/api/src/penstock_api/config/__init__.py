"""Config types: what a user writes, checked strictly, with every mistake reported at once."""

from penstock_api.config.decode import decode
from penstock_api.config.duration import Duration, format_duration, parse_duration
from penstock_api.config.endpoint import split_endpoint
from penstock_api.config.grpc_client import GrpcClientConfig, GrpcKeepaliveClient
from penstock_api.config.grpc_server import (
    GrpcEnforcementPolicy,
    GrpcKeepaliveServer,
    GrpcServerConfig,
    GrpcServerParameters,
)
from penstock_api.config.http_client import CompressionParams, CookiesConfig, HttpClientConfig, check_url
from penstock_api.config.http_server import CorsConfig, HttpServerConfig
from penstock_api.config.model import Config, Expanded
from penstock_api.config.reference import (
    ClientAuthConfig,
    ExtensionRef,
    Reference,
    ServerAuthConfig,
    Slot,
    StorageId,
    references,
)
from penstock_api.config.secret import Headers, Secret
from penstock_api.config.section import Section
from penstock_api.config.tls_client import ClientPems, TlsClientConfig
from penstock_api.config.tls_server import ServerPems, TlsServerConfig
from penstock_api.config.writing import values_of

__all__ = (
    "ClientAuthConfig",
    "ClientPems",
    "CompressionParams",
    "Config",
    "CookiesConfig",
    "CorsConfig",
    "Duration",
    "Expanded",
    "ExtensionRef",
    "GrpcClientConfig",
    "GrpcEnforcementPolicy",
    "GrpcKeepaliveClient",
    "GrpcKeepaliveServer",
    "GrpcServerConfig",
    "GrpcServerParameters",
    "Headers",
    "HttpClientConfig",
    "HttpServerConfig",
    "Reference",
    "Secret",
    "Section",
    "ServerAuthConfig",
    "ServerPems",
    "Slot",
    "StorageId",
    "TlsClientConfig",
    "TlsServerConfig",
    "check_url",
    "decode",
    "format_duration",
    "parse_duration",
    "references",
    "split_endpoint",
    "values_of",
)
