"""What the user writes under `extensions.zpages`."""

from typing import Self

from pydantic import model_validator

from penstock_api import Config, Section
from penstock_api.config import TlsServerConfig, split_endpoint

__all__ = ("ExpvarConfig", "ZPagesConfig")


class ExpvarConfig(Config):
    """The collector's own metrics as JSON."""

    enabled: bool = False
    """Serve `/debug/expvarz`."""


class ZPagesConfig(Config):
    """Pages that show a running collector from inside: its pipelines, extensions, components and metrics."""

    endpoint: str = "localhost:55679"
    """Where to listen, `host:port`."""
    expvar: ExpvarConfig = ExpvarConfig()
    """The collector's own metrics as JSON."""
    tls: Section[TlsServerConfig] = None
    """TLS; without this section the server speaks plain text."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        split_endpoint(self.endpoint)
        return self
