"""User name and password (RFC 7617): for those who send, and for those who receive."""

from dataclasses import dataclass
from typing import Final, Protocol

from penstock_api.capability.authorizing import Decision
from penstock_api.capability.key import CapabilityKey, define
from penstock_api.config import Secret

__all__ = (
    "BASIC_AUTHORIZER",
    "BASIC_CREDENTIALS",
    "BasicAuthorizer",
    "BasicCredentials",
    "BasicCredentialsProvider",
)


@dataclass(frozen=True, slots=True)
class BasicCredentials:
    """Both together, so that they always agree."""

    username: str
    password: Secret


class BasicCredentialsProvider(Protocol):
    """Gives the credentials to send."""

    async def get_credentials(self) -> BasicCredentials:
        """The credentials now. Raises `CapabilityError` when none can be had."""
        ...


class BasicAuthorizer(Protocol):
    """Decides about a user name and a password that a sender shows."""

    async def authorize(self, username: str, password: str) -> Decision:
        """Allow or deny. Raises `CapabilityError` when it cannot decide."""
        ...


BASIC_CREDENTIALS: Final[CapabilityKey[BasicCredentialsProvider]] = define(
    "basic_credentials", BasicCredentialsProvider, "Gives exporters the user name and password to send."
)
BASIC_AUTHORIZER: Final[CapabilityKey[BasicAuthorizer]] = define(
    "basic_authorizer", BasicAuthorizer, "Decides about user names and passwords that senders show."
)
