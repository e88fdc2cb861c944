"""What consumers get."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from penstock_api.capability import BearerToken, Decision, KnownSecrets, Watch

__all__ = ("Authorizer", "Provider")


@dataclass(frozen=True, slots=True)
class Provider:
    """A `penstock_api.capability.BearerTokenProvider`: the token as it was last read."""

    _watch: Watch[BearerToken]

    async def get_token(self) -> BearerToken:
        """The token; never waits."""
        return self._watch.current

    def token_stream(self) -> AsyncIterator[BearerToken]:
        """The token, and every newer one."""
        return self._watch.values()


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A `penstock_api.capability.BearerTokenAuthorizer`."""

    _known: Callable[[], KnownSecrets]

    async def authorize(self, token: str) -> Decision:
        """Whose token it is, if it is anybody's."""
        return self._known().decide(token)
