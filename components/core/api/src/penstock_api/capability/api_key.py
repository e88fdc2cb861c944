"""API keys in a header: for those who send, and for those who receive."""

from dataclasses import dataclass
from typing import Final, Protocol

from penstock_api.capability.authorizing import Decision
from penstock_api.capability.key import CapabilityKey, define
from penstock_api.config import Secret

__all__ = ("API_KEY", "API_KEY_AUTHORIZER", "ApiKey", "ApiKeyAuthorizer", "ApiKeyProvider")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, and the lower-case name of the header that carries it."""

    header: str
    key: Secret


class ApiKeyProvider(Protocol):
    """Gives the key to send."""

    async def get_api_key(self) -> ApiKey:
        """The key now. Raises `CapabilityError` when none can be had."""
        ...


class ApiKeyAuthorizer(Protocol):
    """Decides about a key that a sender shows."""

    def header(self) -> str:
        """The lower-case name of the header in which keys are expected."""
        ...

    async def authorize(self, key: str) -> Decision:
        """Allow or deny. Raises `CapabilityError` when it cannot decide."""
        ...


API_KEY: Final[CapabilityKey[ApiKeyProvider]] = define(
    "api_key", ApiKeyProvider, "Gives exporters the API key to send, and its header."
)
API_KEY_AUTHORIZER: Final[CapabilityKey[ApiKeyAuthorizer]] = define(
    "api_key_authorizer", ApiKeyAuthorizer, "Decides about API keys that senders show."
)
