"""What an authorizer decides about a sender."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

__all__ = ("Allow", "AuthorizedIdentity", "Decision", "Deny", "DenyReason")

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
