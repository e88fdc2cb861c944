"""The factory of the API key extension."""

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
from penstock_api.capability import API_KEY, API_KEY_AUTHORIZER, ApiKey, KnownSecrets, watch_channel
from penstock_extension_api_key.config import ApiKeyConfig
from penstock_extension_api_key.handles import Authorizer, Provider

__all__ = ("factory",)


def _create(settings: ExtensionSettings, config: ApiKeyConfig) -> Bundle:
    header = config.header.lower()
    publisher, watch = watch_channel(ApiKey(header, config.key))
    provider = Cloned(API_KEY, Provider(watch))
    authorizer = Cloned(API_KEY_AUTHORIZER, Authorizer(header, KnownSecrets("api_key", config.clients)))
    more = (authorizer,) if config.clients else ()
    if config.key_file:
        from penstock_api.reloading import (  # noqa: PLC0415 - only for a file
            READY_SECONDS,
            FileReloader,
            read_text,
        )

        reloader = FileReloader(
            settings,
            [config.key_file],
            lambda: ApiKey(header, Secret(read_text(config.key_file))),
            publisher,
            interval=config.refresh_interval,
        )
        return Active(reloader, provider, more, readiness=READY_SECONDS)
    return Passive(provider, more) if config.key else Passive(authorizer)


def _offers(config: ApiKeyConfig) -> tuple[CapabilityKey[Any], ...]:  # Any: keys of several contracts
    """What a bundle of `config` offers."""
    wanted = (
        (API_KEY, bool(config.key or config.key_file)),
        (API_KEY_AUTHORIZER, bool(config.clients)),
    )
    return tuple(key for key, is_offered in wanted if is_offered)


factory = ExtensionFactory(
    kind="api_key",
    config=ApiKeyConfig,
    create=_create,
    capabilities=(API_KEY, API_KEY_AUTHORIZER),
    offers=_offers,
    stability={"extension": Stability.BETA},
)
