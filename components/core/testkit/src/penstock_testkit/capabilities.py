"""Capabilities for a component under test."""

from collections.abc import Mapping
from typing import Any, TypeVar  # Any: handles of any contract

from penstock_api import CapabilityKey
from penstock_api.capability import NO_CAPABILITIES, RATE_LIMITER, CapabilityAlreadyConsumedError

__all__ = ("FakeCapabilities", "permissive")

T = TypeVar("T")


class FakeCapabilities:
    """A `penstock_api.Capabilities` with the handles given, each to be claimed once."""

    def __init__(self, handles: Mapping[CapabilityKey[Any] | str, Any]) -> None:
        """By key, or as `name/slot`; several handles of one key are a tuple."""
        self._handles = {str(key): handle for key, handle in handles.items()}
        self._claimed: set[str] = set()

    def require(self, key: CapabilityKey[T], slot: str = "") -> T:
        """The handle."""
        found = self.optional(key, slot)
        return NO_CAPABILITIES.require(key, slot) if found is None else found

    def optional(self, key: CapabilityKey[T], slot: str = "") -> T | None:
        """The handle, or None."""
        name = f"{key}/{slot}" if slot else str(key)
        if name in self._claimed:
            raise CapabilityAlreadyConsumedError(f"capability is claimed twice: {name}")
        self._claimed.add(name)
        found: T | None = self._handles.get(name)
        return found

    def require_all(self, key: CapabilityKey[T], slot: str = "") -> tuple[T, ...]:
        """The handles."""
        found: Any = self.require(key, slot)
        return found if isinstance(found, tuple) else (found,)


class _Unlimited:
    """A rate limiter that refuses nobody."""

    def try_acquire(self, units: int) -> bool:  # noqa: ARG002 - as many as anybody wants
        return True

    def retry_after(self, units: int) -> float:  # noqa: ARG002 - at once
        return 0.0


_PERMISSIVE: Mapping[str, Any] = {RATE_LIMITER.name: _Unlimited()}


def permissive(*names: str) -> FakeCapabilities:
    """What the contract gives a component that cannot do without: handles that allow everything."""
    return FakeCapabilities({name: _PERMISSIVE[name] for name in names})
