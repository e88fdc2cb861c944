"""What the user writes under `extensions.api_key`."""

import re
from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration, Secret

__all__ = ("ApiKeyConfig",)

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class ApiKeyConfig(Config):
    """API keys in a header: one for exporters to send, and those of senders that receivers let in."""

    header: str = "x-api-key"
    """The header that carries a key."""
    key: Secret = Secret("")
    """The key that exporters send."""
    key_file: str = ""
    """A file with the key that exporters send, instead of `key`. It is read anew when it has changed."""
    refresh_interval: Duration = Field(default=10.0, gt=0)
    """How often to look whether `key_file` has changed."""
    clients: Mapping[str, Secret] = Field(default_factory=dict)
    """Senders that receivers let in: the key of each by a name for it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not _HEADER.fullmatch(self.header):
            raise ValueError(f"`header` must be the name of an HTTP header: {self.header!r}")
        if self.key and self.key_file:
            raise ValueError("`key` and `key_file` exclude each other: remove one")
        if not (self.key or self.key_file or self.clients):
            raise ValueError("one of `key`, `key_file` and `clients` must be set: none is")
        empty = next((name for name, key in self.clients.items() if not key), None)
        if empty is not None:
            raise ValueError(f"a key under `clients` must not be empty: {empty}")
        return self
