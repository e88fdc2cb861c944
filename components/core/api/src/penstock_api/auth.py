"""Who may send to us, and how we prove who we are: what auth extensions fulfil and network components ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

from penstock_api.errors import PermanentError

__all__ = ("AuthHeaders", "ClientAuth", "DeniedError", "Identity", "ServerAuth")

AuthHeaders: TypeAlias = tuple[tuple[str, str], ...]
"""Header names in lower case, and values."""
_FORBIDDEN: Final = 7
_UNAUTHENTICATED: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who was let in. `scheme` is how that was proved, such as `basic`; `claims` is what else is known."""

    principal: str
    scheme: str = ""
    claims: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


class DeniedError(PermanentError):
    """The sender is not let in: 401 and UNAUTHENTICATED, or when `is_forbidden` 403 and PERMISSION_DENIED.

    The message is told to the sender. `challenge` is what `WWW-Authenticate` says of the way in.
    """

    def __init__(self, message: str, *, is_forbidden: bool = False, challenge: str = "") -> None:
        super().__init__(message, code=_FORBIDDEN if is_forbidden else _UNAUTHENTICATED)
        self.challenge = challenge


class ServerAuth(Protocol):
    """Decides who may send. One object serves all requests of a server."""

    async def authenticate(self, headers: Mapping[str, tuple[str, ...]], peer: str, /) -> Identity:
        """Who sends a request with `headers` (names in lower case) from `peer`, its `host:port`.

        Called for every request, before its body is looked at. Raises `DeniedError`, and `RetryableError`
        when nothing could be decided: either way nothing is taken.
        """
        ...


class ClientAuth(Protocol):
    """Proves to a server who sends. One object serves all requests of a client."""

    async def headers(self) -> AuthHeaders:
        """The headers to send with the next request, in place of configured ones of the same names.

        Called for every request. The same object as long as nothing has changed: what was made of it is kept.
        Raises `RetryableError` when there are none for now, `PermanentError` when there never will be.
        """
        ...

    async def refused(self, headers: AuthHeaders, /) -> bool:
        """The server did not accept `headers`: 401, UNAUTHENTICATED. Whether to send again, with others.

        Called at most once for a request.
        """
        ...
