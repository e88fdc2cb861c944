"""The provider of scheme `env`."""

import os
import re
from collections.abc import Mapping
from typing import Final

from penstock_api import ConfigError, ProviderFactory, ProviderSettings, Retrieved, Stability

__all__ = ("EnvProvider", "factory")

_NAME: Final = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$", re.ASCII)


class EnvProvider:
    """Reads variables. The default stands in for an unset one only: a variable set to nothing is null."""

    def __init__(self, settings: ProviderSettings, environment: Mapping[str, str] = os.environ) -> None:
        self._warn = settings.warn
        self._environment = environment

    def retrieve(self, opaque: str, /) -> Retrieved:
        """The variable that `NAME` or `NAME:-default` names. Raises `ConfigError` for an impossible name."""
        name, has_default, default = opaque.partition(":-")
        if not _NAME.fullmatch(name):
            raise ConfigError.single(
                f'environment variable "{name}" has invalid name: must match regex {_NAME.pattern}'
            )
        value = self._environment.get(name)
        if value is None and has_default:
            return Retrieved(default)
        if value is None:
            self._warn(f"environment variable is not set, it counts as null: {name}")
        elif not value.isprintable() and any("\ud800" <= character <= "\udfff" for character in value):
            raise ConfigError.single(f"environment variable is not UTF-8: {name}")
        return Retrieved(value or None)


factory = ProviderFactory(kind="env", create=EnvProvider, stability={"provider": Stability.BETA})
