"""What the user writes under `exporters.otlp_grpc`."""

from typing import Self

from pydantic import model_validator

from penstock_api import GrpcClientConfig, Section
from penstock_api.exporting import QueueConfig, RetryConfig, TimeoutConfig

__all__ = ("OtlpGrpcConfig",)

# What grpcio cannot be told. Each would weaken or strengthen security, so none is ignored.
_UNSUPPORTED = ("insecure_skip_verify", "include_system_ca_certs_pool", "min_version", "max_version")


class OtlpGrpcConfig(GrpcClientConfig, TimeoutConfig):
    """Where and how to send."""

    retry_on_failure: Section[RetryConfig] = RetryConfig()
    """Tries again what the server could not take for now; `enabled: false` turns it off."""
    sending_queue: Section[QueueConfig] = QueueConfig()
    """Takes batches at once and sends them in the background; `enabled: false` turns it off."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.endpoint:
            raise ValueError('requires a non-empty "endpoint"')
        if self.compression in ("snappy", "zstd"):
            raise ValueError(f"`compression` must be gzip, deflate or none: {self.compression!r}")
        for key in _UNSUPPORTED:
            if getattr(self.tls, key) != type(self.tls).model_fields[key].default:
                raise ValueError(f"`tls.{key}` cannot be chosen for gRPC: {getattr(self.tls, key)}")
        return self
