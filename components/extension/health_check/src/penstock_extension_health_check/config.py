"""What the user writes under `extensions.health_check`."""

from typing import Self

from pydantic import model_validator

from penstock_api import Config, Duration, Section
from penstock_api.config import TlsServerConfig, split_endpoint

__all__ = ("CheckCollectorPipelineConfig", "HealthCheckConfig", "ResponseBodyConfig")


class ResponseBodyConfig(Config):
    """Texts to answer instead of JSON."""

    healthy: str = ""
    """The body of an answer with status 200."""
    unhealthy: str = ""
    """The body of an answer with status 503."""


class CheckCollectorPipelineConfig(Config):
    """Accepted so that older configurations load; it has no effect, nor has it in the Collector."""

    enabled: bool = False
    """No effect."""
    interval: Duration = 300.0
    """No effect."""
    exporter_failure_threshold: int = 5
    """No effect."""


class HealthCheckConfig(Config):
    """Answers over HTTP whether the collector is up, for load balancers and orchestrators."""

    endpoint: str = "localhost:13133"
    """Where to listen, `host:port`."""
    path: str = "/"
    """The path to answer at. One that ends in `/` stands for all paths below it, too."""
    response_body: Section[ResponseBodyConfig] = None
    """Texts to answer instead of JSON."""
    tls: Section[TlsServerConfig] = None
    """TLS; without this section the server speaks plain text."""
    check_collector_pipeline: CheckCollectorPipelineConfig = CheckCollectorPipelineConfig()
    """Accepted so that older configurations load; it has no effect."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        split_endpoint(self.endpoint)
        if not self.path.startswith("/"):
            raise ValueError(f"`path` must start with `/`: {self.path!r}")
        return self
