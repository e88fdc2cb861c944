"""Who sent a batch, as far as the receiver knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock_api.auth import Identity

__all__ = ("NO_CLIENT", "Client")

_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a batch. `metadata` keys are lower case and present only under `include_metadata`.

    `identity` is who the sender has proved to be, where the receiver asks for that.
    """

    address: str = ""
    metadata: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NONE)
    identity: "Identity | None" = None


NO_CLIENT = Client()
