"""What the user writes under `exporters.otlp_grpc`."""

from typing import Self

from pydantic import model_validator

from penstock_api import GrpcClientConfig, Section
from penstock_api.config import ClientAuthConfig
from penstock_api.exporting import QueueConfig, RetryConfig, TimeoutConfig

__all__ = ("OtlpGrpcConfig",)


class OtlpGrpcConfig(GrpcClientConfig, TimeoutConfig):
    """Where and how to send."""

    auth: Section[ClientAuthConfig] = None
    """How to prove who sends; without this section nothing is proved."""
    retry_on_failure: Section[RetryConfig] = RetryConfig()
    """Tries again what the server could not take for now; `enabled: false` turns it off."""
    sending_queue: Section[QueueConfig] = QueueConfig()
    """Takes batches at once and sends them in the background; `enabled: false` turns it off."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.endpoint:
            raise ValueError('requires a non-empty "endpoint"')
        if self.compression == "snappy":
            raise ValueError(f"`compression` must be gzip, deflate, zstd or none: {self.compression!r}")
        return self
