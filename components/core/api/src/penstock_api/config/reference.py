"""Fields that name an extension: `auth: {authenticator: <id>}`, `sending_queue: {storage: <id>}`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, Field

from penstock_api.config.model import Config

__all__ = (
    "ClientAuthConfig",
    "ExtensionRef",
    "Reference",
    "ServerAuthConfig",
    "Slot",
    "StorageId",
    "references",
)

_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ExtensionRef:
    """Marks a text field, by `Annotated`, as the id of an extension that offers one of `capabilities`.

    Names, so that configs need not load the contracts. An empty text names none.
    """

    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """Marks a field: what is named below it is bound under the slot `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """One extension that a config names: where, for which slot, and what it has to offer one of."""

    path: _Path
    extension: str
    capabilities: tuple[str, ...]
    slot: str = ""


def references(config: Config) -> Iterator[Reference]:
    """Every extension that `config` names, in the order of its fields."""
    yield from _references(config, (), "")


def _references(value: object, path: _Path, slot: str) -> Iterator[Reference]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inner = next((one.name for one in field.metadata if isinstance(one, Slot)), slot)
            found = getattr(value, name)
            wants = next((one for one in field.metadata if isinstance(one, ExtensionRef)), None)
            if wants is None:
                yield from _references(found, (*path, name), inner)
            elif found:
                yield Reference((*path, name), str(found), wants.capabilities, inner)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _references(one, (*path, str(key)), slot)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, one in enumerate(value):
            yield from _references(one, (*path, index), slot)


_AUTHORIZERS: Final = ExtensionRef(("bearer_token_authorizer", "basic_authorizer", "api_key_authorizer"))
_CREDENTIALS: Final = ExtensionRef(("bearer_token_provider", "basic_credentials", "api_key"))
StorageId = Annotated[str, ExtensionRef(("key_value_store",))]
"""The id of an extension that keeps bytes by key."""


class ServerAuthConfig(Config):
    """Who may send."""

    authenticator: Annotated[str, _AUTHORIZERS] = Field(min_length=1)
    """The id of the extension that decides about senders: one that offers `bearer_token_authorizer`,
    `basic_authorizer` or `api_key_authorizer`. It must be listed in `service.extensions`."""


class ClientAuthConfig(Config):
    """How to prove who sends."""

    authenticator: Annotated[str, _CREDENTIALS] = Field(min_length=1)
    """The id of the extension that gives the credentials to send: one that offers `bearer_token_provider`,
    `basic_credentials` or `api_key`. It must be listed in `service.extensions`."""
