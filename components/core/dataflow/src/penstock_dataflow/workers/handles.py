"""Handles of a worker: they look like those in the engine's process, and hold only functions."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias  # Any: values that the engine pushes

from penstock_api.capability import (
    ApiKey,
    BasicCredentials,
    BearerToken,
    Dataset,
    Decision,
    Delete,
    Put,
    Watch,
)
from penstock_api.capability.dataset import Row

__all__ = (
    "BasicCredentialsHandle",
    "BearerTokenHandle",
    "DatasetHandle",
    "KeyAuthorizerHandle",
    "KeyHandle",
    "PasswordAuthorizerHandle",
    "QuotaHandle",
    "StoreHandle",
    "TokenAuthorizerHandle",
)

_Current: TypeAlias = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class BearerTokenHandle:
    """A `BearerTokenProvider`."""

    _current: _Current
    _fed: Watch[Any]

    async def get_token(self) -> BearerToken:
        """The token that the engine pushed last. Raises `CapabilityError`."""
        token: BearerToken = self._current()
        return token

    async def token_stream(self) -> AsyncIterator[BearerToken]:
        """Every token, from the current one on."""
        async for value in self._fed.values():
            if isinstance(value, BearerToken):
                yield value


@dataclass(frozen=True, slots=True)
class BasicCredentialsHandle:
    """A `BasicCredentialsProvider`."""

    _current: _Current

    async def get_credentials(self) -> BasicCredentials:
        """What the engine pushed last. Raises `CapabilityError`."""
        credentials: BasicCredentials = self._current()
        return credentials


@dataclass(frozen=True, slots=True)
class KeyHandle:
    """An `ApiKeyProvider`."""

    _current: _Current

    async def get_api_key(self) -> ApiKey:
        """What the engine pushed last. Raises `CapabilityError`."""
        key: ApiKey = self._current()
        return key


@dataclass(frozen=True, slots=True)
class DatasetHandle:
    """A `DatasetLookup`."""

    _current: _Current

    def get(self, key: str) -> Row | None:
        """What is there, or None."""
        row: Row | None = self._current().get(key)
        return row

    def snapshot(self) -> Dataset:
        """The dataset that the engine pushed last."""
        dataset: Dataset = self._current()
        return dataset


@dataclass(frozen=True, slots=True)
class QuotaHandle:
    """A `RateLimiter`."""

    _try_acquire: Callable[[int], bool]
    _retry_after: Callable[[int], float]

    def try_acquire(self, units: int) -> bool:
        """Take `units` of what is leased."""
        return self._try_acquire(units)

    def retry_after(self, units: int) -> float:
        """When it may be worth to ask again."""
        return self._retry_after(units)


_Decide: TypeAlias = Callable[..., Awaitable[Decision]]


@dataclass(frozen=True, slots=True)
class TokenAuthorizerHandle:
    """A `BearerTokenAuthorizer`."""

    _decide: _Decide

    async def authorize(self, token: str) -> Decision:
        """As the engine decided, maybe a while ago. Raises `CapabilityError`."""
        return await self._decide(token)


@dataclass(frozen=True, slots=True)
class PasswordAuthorizerHandle:
    """A `BasicAuthorizer`."""

    _decide: _Decide

    async def authorize(self, username: str, password: str) -> Decision:
        """As the engine decided, maybe a while ago. Raises `CapabilityError`."""
        return await self._decide(username, password)


@dataclass(frozen=True, slots=True)
class KeyAuthorizerHandle:
    """An `ApiKeyAuthorizer`."""

    _header: str
    _decide: _Decide

    def header(self) -> str:
        """The header in which keys are expected."""
        return self._header

    async def authorize(self, key: str) -> Decision:
        """As the engine decided, maybe a while ago. Raises `CapabilityError`."""
        return await self._decide(key)


@dataclass(frozen=True, slots=True)
class StoreHandle:
    """A `KeyValueStore`."""

    _get: Callable[..., Awaitable[bytes | None]]
    _apply: Callable[..., Awaitable[None]]
    _keys: Callable[..., Awaitable[tuple[str, ...]]]

    async def get(self, namespace: str, key: str) -> bytes | None:
        """What is there, or None."""
        return await self._get(namespace, key)

    async def apply(self, namespace: str, changes: Sequence[Put | Delete]) -> None:
        """Make all `changes`, or none. Raises `CapabilityError`."""
        await self._apply(namespace, tuple(changes))

    async def keys(self, namespace: str, prefix: str = "") -> tuple[str, ...]:
        """The keys that begin with `prefix`. Raises `CapabilityError`."""
        return await self._keys(namespace, prefix)
