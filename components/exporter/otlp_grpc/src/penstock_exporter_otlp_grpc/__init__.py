"""The OTLP exporter over gRPC."""

from penstock_exporter_otlp_grpc.config import OtlpGrpcConfig
from penstock_exporter_otlp_grpc.factory import factory

__all__ = ("OtlpGrpcConfig", "factory")
