"""What an authorizer decides about a sender."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from penstock_api.config import Secret

__all__ = ("Allow", "AuthorizedIdentity", "Decision", "Deny", "DenyReason", "KnownSecrets")

_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AuthorizedIdentity:
    """Who the sender is: `scheme` says how that is known (`bearer`, `basic`, `api_key`)."""

    principal: str
    scheme: str
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NONE)


class DenyReason(StrEnum):
    """Why a sender is refused. The first two are 401 (UNAUTHENTICATED), the last 403 (PERMISSION_DENIED)."""

    MISSING_CREDENTIAL = "missing_credential"
    INVALID_CREDENTIAL = "invalid_credential"
    NOT_PERMITTED = "not_permitted"


@dataclass(frozen=True, slots=True)
class Allow:
    """The sender may go on."""

    identity: AuthorizedIdentity


@dataclass(frozen=True, slots=True)
class Deny:
    """The sender is refused. `detail` is for the log, never for the sender."""

    reason: DenyReason
    detail: str = ""


Decision: TypeAlias = Allow | Deny
"""An authorizer that cannot decide raises `CapabilityError`; callers then refuse: they fail closed."""


class KnownSecrets:
    """Decides about secrets by name: each belongs to one sender.

    Found by their digests, so neither the number of senders nor a guess that is nearly right shows in time.
    """

    def __init__(self, scheme: str, clients: Mapping[str, Secret]) -> None:
        """`clients` are secrets by the principal that shows them."""
        self._known = {
            _digest(secret.reveal()): Allow(AuthorizedIdentity(name, scheme))
            for name, secret in clients.items()
        }

    def decide(self, secret: str) -> Decision:
        """Who shows `secret`, if anybody does."""
        if not secret:
            return Deny(DenyReason.MISSING_CREDENTIAL)
        return self._known.get(_digest(secret)) or Deny(DenyReason.INVALID_CREDENTIAL)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
