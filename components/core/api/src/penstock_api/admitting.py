"""Who may send, decided by the authorizers that were bound to a component."""

import base64
import binascii
import logging
from collections.abc import Awaitable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from penstock_api.auth import DeniedError, Identity, ServerAuth
from penstock_api.capability import (
    API_KEY_AUTHORIZER,
    BASIC_AUTHORIZER,
    BEARER_TOKEN_AUTHORIZER,
    ApiKeyAuthorizer,
    BasicAuthorizer,
    BearerTokenAuthorizer,
    Capabilities,
    CapabilityError,
    CapabilityKey,
    CapabilityNotBoundError,
    Decision,
    Deny,
    DenyReason,
)
from penstock_api.errors import RetryableError

__all__ = ("server_auths",)

T = TypeVar("T")

_Log = logging.Logger | logging.LoggerAdapter[logging.Logger]
_SAID: Final = {
    DenyReason.MISSING_CREDENTIAL: "no credentials were sent",
    DenyReason.INVALID_CREDENTIAL: "the credentials are not valid",
    DenyReason.NOT_PERMITTED: "the sender may not do this",
}


def server_auths(
    capabilities: Capabilities, slots: Iterable[str], log: _Log, *, required: Collection[str] = ()
) -> Mapping[str, ServerAuth]:
    """What decides about senders, for each slot to which an authorizer is bound; by slot.

    An authorizer that is bound without a slot decides for every slot that has none of its own. With several
    of different kinds, a sender may choose how to prove who it is; with several of one kind they are asked in
    the order written, until one knows the sender.

    Raises `CapabilityNotBoundError` for a slot of `required` that has none: nobody is let in by mistake.
    """
    common = _authorizer(capabilities, "", log)
    found = {slot: _authorizer(capabilities, slot, log) or common for slot in slots}
    for slot in required:
        if found.get(slot) is None:
            what = f"`auth` is configured, and no authorizer is bound for {slot}"
            raise CapabilityNotBoundError(what, "bind bearer_token_authorizer, or another one")
    return {slot: auth for slot, auth in found.items() if auth is not None}


def _authorizer(capabilities: Capabilities, slot: str, log: _Log) -> ServerAuth | None:
    bearer = _all(capabilities, BEARER_TOKEN_AUTHORIZER, slot)
    basic = _all(capabilities, BASIC_AUTHORIZER, slot)
    api_key = _all(capabilities, API_KEY_AUTHORIZER, slot)
    return _Authorizer(bearer, basic, api_key, _Told(log)) if bearer or basic or api_key else None


def _all(capabilities: Capabilities, key: CapabilityKey[T], slot: str) -> tuple[T, ...]:
    try:
        return capabilities.require_all(key, slot)
    except CapabilityNotBoundError:
        return ()


@dataclass(slots=True)
class _Told:
    """What the log was told of authorizers that cannot decide: each reason once, until they can again."""

    log: _Log
    why: str = ""

    def failed(self, why: str) -> None:
        if why != self.why:
            self.why = why
            self.log.warning("cannot decide about senders", extra={"error": why})

    def decided(self) -> None:
        if self.why:
            self.why = ""
            self.log.info("can decide about senders again")


@dataclass(frozen=True, slots=True)
class _Authorizer:
    """A `ServerAuth` that asks the authorizers for the kind of credentials that are sent."""

    bearer: tuple[BearerTokenAuthorizer, ...]
    basic: tuple[BasicAuthorizer, ...]
    api_key: tuple[ApiKeyAuthorizer, ...]
    told: _Told

    async def authenticate(self, headers: Mapping[str, tuple[str, ...]], peer: str, /) -> Identity:
        """Who sends. Raises `DeniedError`, and `RetryableError` when the authorizer cannot decide."""
        try:
            decision = await self._decide(headers)
        except CapabilityError as error:
            self.told.failed(str(error))
            raise RetryableError("nothing could be decided about the sender") from error
        self.told.decided()
        if isinstance(decision, Deny):
            self.told.log.debug("sender is refused", extra={"peer": peer, "detail": decision.detail})
            raise DeniedError(
                _SAID[decision.reason],
                is_forbidden=decision.reason is DenyReason.NOT_PERMITTED,
                challenge=self._challenge(),
            )
        who = decision.identity
        return Identity(principal=who.principal, scheme=who.scheme, claims=who.claims)

    async def _decide(self, headers: Mapping[str, tuple[str, ...]]) -> Decision:
        sent = headers.get("authorization", ())
        scheme, _, credential = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
        credential = credential.strip()
        if self.bearer and scheme.lower() == "bearer":
            return await _first_that_knows(one.authorize(credential) for one in self.bearer)
        if self.basic and scheme.lower() == "basic":
            return await _first_that_knows(_decide_basic(one, credential) for one in self.basic)
        if asked := [one for one in self.api_key if headers.get(one.header())]:
            return await _first_that_knows(_decide_key(one, headers[one.header()]) for one in asked)
        return _AMBIGUOUS if len(sent) > 1 else Deny(DenyReason.MISSING_CREDENTIAL)

    def _challenge(self) -> str:
        """What `WWW-Authenticate` says; there is no scheme for API keys."""
        known = (("Bearer", self.bearer), ("Basic", self.basic))
        return ", ".join(f'{scheme} realm="otlp"' for scheme, authorizers in known if authorizers)


_AMBIGUOUS: Final = Deny(DenyReason.INVALID_CREDENTIAL, "credentials were sent more than once")


async def _first_that_knows(decisions: Iterable[Awaitable[Decision]]) -> Decision:
    """The first that is more than "not valid"; the others are not asked any more."""
    decision: Decision = Deny(DenyReason.INVALID_CREDENTIAL)
    for asked in decisions:
        decision = await asked
        if not isinstance(decision, Deny) or decision.reason is not DenyReason.INVALID_CREDENTIAL:
            break
    return decision


async def _decide_key(authorizer: ApiKeyAuthorizer, keys: tuple[str, ...]) -> Decision:
    return await authorizer.authorize(keys[0]) if len(keys) == 1 else _AMBIGUOUS


async def _decide_basic(authorizer: BasicAuthorizer, credential: str) -> Decision:
    try:
        decoded = base64.b64decode(credential, validate=True).decode()
    except (binascii.Error, ValueError):
        return Deny(DenyReason.INVALID_CREDENTIAL, "not base64 of UTF-8")
    username, colon, password = decoded.partition(":")
    if not colon:
        return Deny(DenyReason.INVALID_CREDENTIAL, "no colon between user name and password")
    return await authorizer.authorize(username, password)
