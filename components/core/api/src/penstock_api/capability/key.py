"""Typed names of capabilities. Only this package makes them: a provider cannot invent one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar, final  # Any: a table of keys of many contracts

__all__ = ("CapabilityKey", "define", "known_capabilities")

T = TypeVar("T")

_known: dict[str, "CapabilityKey[Any]"] = {}


@final
class _Seal:
    """Proof that a key was made here: without one, a type checker and `CapabilityKey` itself say no."""


@dataclass(frozen=True, slots=True, eq=False)
class CapabilityKey(Generic[T]):
    """What `Capabilities.require` takes: its result has the type of `contract`, a protocol of methods.

    `name` is what configurations say. Two keys are the same only when they are the same object. Nobody makes
    keys but this package.
    """

    name: str
    contract: type
    description: str
    seal: "_Seal" = field(repr=False)

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[object, ...]:
        """By name: in another process the key is the one that is known there."""
        return _known_as, (self.name,)


def _known_as(name: str) -> "CapabilityKey[Any]":
    return known_capabilities()[name]


def define(name: str, contract: type, description: str) -> "CapabilityKey[Any]":
    """Make a key and enter it into the table of those that exist. For the modules of this package."""
    if name in _known:
        raise ValueError(f"capability is defined twice: {name}")
    key: CapabilityKey[Any] = CapabilityKey(name, contract, description, _Seal())
    _known[name] = key
    return key


def known_capabilities() -> Mapping[str, "CapabilityKey[Any]"]:
    """Every capability by name, sorted. A key that is not the very object found here is refused."""
    import penstock_api.capability  # noqa: F401, PLC0415 - all contracts are defined once it is loaded

    return MappingProxyType(dict(sorted(_known.items())))
