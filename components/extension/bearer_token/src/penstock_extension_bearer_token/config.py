"""What the user writes under `extensions.bearer_token`."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration, Secret

__all__ = ("BearerTokenConfig",)


class BearerTokenConfig(Config):
    """Bearer tokens (RFC 6750): one for exporters to send, and those of senders that receivers let in."""

    token: Secret = Secret("")
    """The token that exporters send."""
    token_file: str = ""
    """A file with the token that exporters send, instead of `token`. It is read anew when it has changed."""
    refresh_interval: Duration = Field(default=10.0, gt=0)
    """How often to look whether `token_file` has changed."""
    clients: Mapping[str, Secret] = Field(default_factory=dict)
    """Senders that receivers let in: the token of each by a name for it. Without any, `token` is let in."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.token and self.token_file:
            raise ValueError("`token` and `token_file` exclude each other: remove one")
        if not (self.token or self.token_file or self.clients):
            raise ValueError("one of `token`, `token_file` and `clients` must be set: none is")
        empty = next((name for name, token in self.clients.items() if not token), None)
        if empty is not None:
            raise ValueError(f"a token under `clients` must not be empty: {empty}")
        return self
