"""What consumers get."""

import asyncio
from dataclasses import dataclass

from penstock_api.capability import (
    Allow,
    AuthorizedIdentity,
    BasicCredentials,
    Decision,
    Deny,
    DenyReason,
    Watch,
)
from penstock_extension_basic_auth.state import State

__all__ = ("Authorizer", "Provider")


@dataclass(frozen=True, slots=True)
class Provider:
    """A `penstock_api.capability.BasicCredentialsProvider`: what was last read."""

    _watch: Watch[State]

    async def get_credentials(self) -> BasicCredentials:
        """User name and password; never waits."""
        return self._watch.current.credentials


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A `penstock_api.capability.BasicAuthorizer`. `_turns` bounds how many hashes are computed at once."""

    _watch: Watch[State]
    _turns: asyncio.Semaphore

    async def authorize(self, username: str, password: str) -> Decision:
        """Let in whoever has the password of the name."""
        users = self._watch.current.users
        if not users.remembers(username, password) and not await self._check(username, password):
            return Deny(DenyReason.INVALID_CREDENTIAL if username else DenyReason.MISSING_CREDENTIAL)
        return Allow(AuthorizedIdentity(username, "basic"))

    async def _check(self, username: str, password: str) -> bool:
        users = self._watch.current.users
        async with self._turns:
            if users.remembers(username, password):  # somebody before has found out
                return True
            return await asyncio.to_thread(users.check, username, password)
