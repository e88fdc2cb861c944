"""Receives OTLP over gRPC and HTTP, in protobuf and JSON."""

from penstock_receiver_otlp.config import OtlpReceiverConfig
from penstock_receiver_otlp.factory import factory

__all__ = ("OtlpReceiverConfig", "factory")
