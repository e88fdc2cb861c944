"""Bearer tokens (RFC 6750): for those who send, and for those who receive."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

from penstock_api.capability.authorizing import Decision
from penstock_api.capability.key import CapabilityKey, define
from penstock_api.config import Secret

__all__ = (
    "BEARER_TOKEN_AUTHORIZER",
    "BEARER_TOKEN_PROVIDER",
    "USABLE_MARGIN_SECONDS",
    "BearerToken",
    "BearerTokenAuthorizer",
    "BearerTokenProvider",
)

USABLE_MARGIN_SECONDS: Final = 30.0
"""A token this close to its end is neither served nor used."""


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token; `expires_at` is in seconds of the component's `Clock.now()`, None for one without an end."""

    token: Secret
    expires_at: float | None = None

    def usable(self, now: float) -> bool:
        """Whether it may still be used at `now`, with the margin that every side keeps."""
        return self.expires_at is None or self.expires_at - now > USABLE_MARGIN_SECONDS


class BearerTokenProvider(Protocol):
    """Gives the token to send."""

    async def get_token(self) -> BearerToken:
        """A usable token; waits for the first one. Raises `CapabilityError` when none can be had now."""
        ...

    def token_stream(self) -> AsyncIterator[BearerToken]:
        """The current token at once, then every newer one; a slow reader sees only the latest."""
        ...


class BearerTokenAuthorizer(Protocol):
    """Decides about a token that a sender shows."""

    async def authorize(self, token: str) -> Decision:
        """Allow or deny. Raises `CapabilityError` when it cannot decide."""
        ...


BEARER_TOKEN_PROVIDER: Final[CapabilityKey[BearerTokenProvider]] = define(
    "bearer_token_provider", BearerTokenProvider, "Gives exporters the bearer token to send."
)
BEARER_TOKEN_AUTHORIZER: Final[CapabilityKey[BearerTokenAuthorizer]] = define(
    "bearer_token_authorizer", BearerTokenAuthorizer, "Decides about bearer tokens that senders show."
)
