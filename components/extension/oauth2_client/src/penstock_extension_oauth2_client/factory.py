"""The factory of the OAuth 2 client, and the handle that it gives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from penstock_api import Active, Cloned, ExtensionFactory, ExtensionSettings, Stability
from penstock_api.capability import BEARER_TOKEN_PROVIDER, BearerToken, Watch, watch_channel
from penstock_extension_oauth2_client.config import Oauth2ClientConfig

__all__ = ("Provider", "factory")


@dataclass(frozen=True, slots=True)
class Provider:
    """A `penstock_api.capability.BearerTokenProvider`."""

    _get: Callable[[], Awaitable[BearerToken]]
    _watch: Watch[BearerToken | None]

    async def get_token(self) -> BearerToken:
        """A usable token; waits for one that is being asked for. Raises `CapabilityError`."""
        return await self._get()

    async def token_stream(self) -> AsyncIterator[BearerToken]:
        """Every token, from the current one on."""
        async for token in self._watch.values():
            if token is not None:
                yield token


def _create(settings: ExtensionSettings, config: Oauth2ClientConfig) -> Active:
    from penstock_extension_oauth2_client.renewing import Renewal, Tokens  # noqa: PLC0415 - as the next
    from penstock_extension_oauth2_client.request import Granted, fetch  # noqa: PLC0415 - urllib is slow to load

    tls = config.tls.context(settings) if config.token_url.startswith("https:") else None

    async def fetched() -> Granted:
        return await asyncio.to_thread(fetch, config, tls)

    nothing: BearerToken | None = None
    publisher, watch = watch_channel(nothing)
    tokens = Tokens(settings, watch)
    renewal = Renewal(settings, config, fetched, publisher, tokens)
    provider = Provider(tokens.get, watch)
    return Active(renewal, Cloned(BEARER_TOKEN_PROVIDER, provider), readiness=config.startup_timeout or None)


factory = ExtensionFactory(
    kind="oauth2_client",
    config=Oauth2ClientConfig,
    create=_create,
    capabilities=(BEARER_TOKEN_PROVIDER,),
    stability={"extension": Stability.BETA},
    aliases=("oauth2client",),
)
