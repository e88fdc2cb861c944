"""A store of bytes by key, for queues and checkpoints that outlive the process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from penstock_api.capability.key import CapabilityKey, define

__all__ = ("KEY_VALUE_STORE", "Delete", "KeyValueStore", "Put")


@dataclass(frozen=True, slots=True)
class Put:
    """Write `value` under `key`."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove `key`; nothing happens when it is not there."""

    key: str


class KeyValueStore(Protocol):
    """Values by key, in namespaces: each user takes one of its own, such as `exporter/otlp/traces`."""

    async def get(self, namespace: str, key: str) -> bytes | None:
        """The value, or None. Raises `CapabilityError` when the store fails."""
        ...

    async def apply(self, namespace: str, changes: Sequence[Put | Delete]) -> None:
        """Make all `changes`, or none. They are durable on return. Raises `CapabilityError`."""
        ...

    async def keys(self, namespace: str, prefix: str = "") -> tuple[str, ...]:
        """The keys that begin with `prefix`, sorted. Raises `CapabilityError`."""
        ...


KEY_VALUE_STORE: Final[CapabilityKey[KeyValueStore]] = define(
    "key_value_store", KeyValueStore, "Keeps bytes by key, over restarts when the provider does."
)
