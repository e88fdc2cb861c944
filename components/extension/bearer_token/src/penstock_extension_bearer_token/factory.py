"""The factory of the bearer token extension."""

from typing import Any  # Any: keys of several contracts

from penstock_api import (
    Active,
    Bundle,
    CapabilityKey,
    Cloned,
    ExtensionFactory,
    ExtensionSettings,
    Passive,
    Secret,
    Stability,
)
from penstock_api.capability import (
    BEARER_TOKEN_AUTHORIZER,
    BEARER_TOKEN_PROVIDER,
    BearerToken,
    KnownSecrets,
    Watch,
    watch_channel,
)
from penstock_extension_bearer_token.config import BearerTokenConfig
from penstock_extension_bearer_token.handles import Authorizer, Provider

__all__ = ("factory",)

_SCHEME = "bearer"


def _create(settings: ExtensionSettings, config: BearerTokenConfig) -> Bundle:
    publisher, watch = watch_channel(BearerToken(config.token))
    authorizer = Cloned(BEARER_TOKEN_AUTHORIZER, Authorizer(_Known(config, watch)))
    provider = Cloned(BEARER_TOKEN_PROVIDER, Provider(watch))
    if config.token_file:
        from penstock_api.reloading import (  # noqa: PLC0415 - only for a file
            READY_SECONDS,
            FileReloader,
            read_text,
        )

        reloader = FileReloader(
            settings,
            [config.token_file],
            lambda: BearerToken(Secret(read_text(config.token_file))),
            publisher,
            interval=config.refresh_interval,
        )
        return Active(reloader, provider, (authorizer,), readiness=READY_SECONDS)
    return Passive(provider, (authorizer,)) if config.token else Passive(authorizer)


class _Known:
    """The tokens to let in; those of a file change with it."""

    def __init__(self, config: BearerTokenConfig, watch: Watch[BearerToken]) -> None:
        self._watch = watch
        self._fixed = KnownSecrets(_SCHEME, config.clients) if config.clients else None
        self._last: tuple[BearerToken, KnownSecrets] | None = None

    def __call__(self) -> KnownSecrets:
        if self._fixed is not None:
            return self._fixed
        token = self._watch.current
        if self._last is None or self._last[0] is not token:
            self._last = (token, KnownSecrets(_SCHEME, {_SCHEME: token.token}))
        return self._last[1]


def _offers(config: BearerTokenConfig) -> tuple[CapabilityKey[Any], ...]:  # Any: keys of several contracts
    """What a bundle of `config` offers."""
    wanted = (
        (BEARER_TOKEN_PROVIDER, bool(config.token or config.token_file)),
        (BEARER_TOKEN_AUTHORIZER, True),
    )
    return tuple(key for key, is_offered in wanted if is_offered)


factory = ExtensionFactory(
    kind="bearer_token",
    config=BearerTokenConfig,
    create=_create,
    capabilities=(BEARER_TOKEN_PROVIDER, BEARER_TOKEN_AUTHORIZER),
    offers=_offers,
    stability={"extension": Stability.BETA},
)
