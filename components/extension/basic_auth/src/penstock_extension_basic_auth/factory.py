"""The factory of the basic authentication extension."""

import asyncio
from typing import Any, Final  # Any: keys of several contracts

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
from penstock_api.capability import BASIC_AUTHORIZER, BASIC_CREDENTIALS, BasicCredentials, watch_channel
from penstock_extension_basic_auth.config import BasicAuthConfig
from penstock_extension_basic_auth.handles import Authorizer, Provider
from penstock_extension_basic_auth.state import State, load
from penstock_extension_basic_auth.users import Users

__all__ = ("factory",)

_AT_ONCE: Final = 2
_UNREAD: Final = State(BasicCredentials("", Secret("")), Users({}))


def _create(settings: ExtensionSettings, config: BasicAuthConfig) -> Bundle:
    publisher, watch = watch_channel(_UNREAD if config.files else load(config))
    provider = Cloned(BASIC_CREDENTIALS, Provider(watch))
    authorizer = Cloned(BASIC_AUTHORIZER, Authorizer(watch, asyncio.Semaphore(_AT_ONCE)))
    first = provider if config.client_auth is not None else authorizer
    more = (authorizer,) if config.client_auth is not None and config.htpasswd is not None else ()
    if not config.files:
        return Passive(first, more)
    from penstock_api.reloading import READY_SECONDS, FileReloader  # noqa: PLC0415 - only for files

    interval = config.refresh_interval
    reloader = FileReloader(settings, config.files, lambda: load(config), publisher, interval=interval)
    return Active(reloader, first, more, readiness=READY_SECONDS)


def _offers(config: BasicAuthConfig) -> tuple[CapabilityKey[Any], ...]:  # Any: keys of several contracts
    """What a bundle of `config` offers."""
    wanted = (
        (BASIC_CREDENTIALS, config.client_auth is not None),
        (BASIC_AUTHORIZER, config.htpasswd is not None),
    )
    return tuple(key for key, is_offered in wanted if is_offered)


factory = ExtensionFactory(
    kind="basic_auth",
    config=BasicAuthConfig,
    create=_create,
    capabilities=(BASIC_CREDENTIALS, BASIC_AUTHORIZER),
    offers=_offers,
    stability={"extension": Stability.BETA},
    aliases=("basicauth",),
)
