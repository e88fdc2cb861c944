"""How a component proves who sends: by the credentials of the providers that were bound to it."""

import base64
from collections.abc import Awaitable, Callable

from penstock_api.auth import AuthHeaders, ClientAuth
from penstock_api.capability import (
    API_KEY,
    BASIC_CREDENTIALS,
    BEARER_TOKEN_PROVIDER,
    ApiKeyProvider,
    BasicCredentialsProvider,
    BearerTokenProvider,
    Capabilities,
    CapabilityClaimError,
    CapabilityError,
    CapabilityNotBoundError,
)
from penstock_api.errors import RetryableError

__all__ = ("client_auth",)

_Make = Callable[[], Awaitable[AuthHeaders]]


def client_auth(capabilities: Capabilities, slot: str = "", *, required: bool = False) -> ClientAuth | None:
    """What gives the headers that prove who sends; None when nothing is bound.

    Raises `CapabilityClaimError` when several are bound, and `CapabilityNotBoundError` when none is, though
    one is `required`.
    """
    bearer = capabilities.optional(BEARER_TOKEN_PROVIDER, slot)
    basic = capabilities.optional(BASIC_CREDENTIALS, slot)
    api_key = capabilities.optional(API_KEY, slot)
    made = [_bearer(bearer)] if bearer else []
    made += [_basic(basic)] if basic else []
    made += [_api_key(api_key)] if api_key else []
    if len(made) > 1:
        what = "several kinds of credentials are bound, of which one can be sent"
        raise CapabilityClaimError(what, "bind one of bearer_token_provider, basic_credentials and api_key")
    if required and not made:
        what = "`auth` is configured, and no credentials are bound"
        raise CapabilityNotBoundError(what, "bind bearer_token_provider, or another one")
    return _Prover(made[0]) if made else None


class _Prover:
    """A `ClientAuth`: gives the same headers as long as the credentials are the same."""

    def __init__(self, make: _Make) -> None:
        self._make = make
        self._given: AuthHeaders = ()

    async def headers(self) -> AuthHeaders:
        """The headers to send. Raises `RetryableError` when there are no credentials for now."""
        try:
            made = await self._make()
        except CapabilityError as error:
            raise RetryableError(f"there are no credentials to send: {error}") from error
        if made != self._given:
            self._given = made
        return self._given

    async def refused(self, headers: AuthHeaders, /) -> bool:
        """Whether there are other credentials by now than those that the server refused."""
        return await self.headers() is not headers


def _bearer(provider: BearerTokenProvider) -> _Make:
    async def make() -> AuthHeaders:
        return _authorization("Bearer", (await provider.get_token()).token.reveal())

    return make


def _basic(provider: BasicCredentialsProvider) -> _Make:
    async def make() -> AuthHeaders:
        found = await provider.get_credentials()
        pair = f"{found.username}:{found.password.reveal()}"
        return _authorization("Basic", base64.b64encode(pair.encode()).decode())

    return make


def _api_key(provider: ApiKeyProvider) -> _Make:
    async def make() -> AuthHeaders:
        found = await provider.get_api_key()
        return ((found.header, found.key.reveal()),)

    return make


def _authorization(scheme: str, credential: str) -> AuthHeaders:
    return (("authorization", f"{scheme} {credential}"),)
