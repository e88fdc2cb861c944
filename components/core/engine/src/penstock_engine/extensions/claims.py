"""One component's way to the capabilities that were bound to it: open while it is created, then sealed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar  # Any: handles of any contract

from penstock_api.capability import (
    CapabilityAlreadyConsumedError,
    CapabilityClaimError,
    CapabilityKey,
    CapabilityNotBoundError,
    UnknownCapabilityError,
    known_capabilities,
)
from penstock_engine.extensions.declaration import Binding

__all__ = ("Claims", "Source")

T = TypeVar("T")
_KEEP: Final = "claim it once, in the create function, and keep the handle"


class Source(Protocol):
    """An extension as a claim sees it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    def take(self, key: CapabilityKey[Any], claims: "Claims", /) -> Any:  # Any: as above
        """The handle for one consumer; notes that `claims` has it."""
        ...


class Claims:
    """A `penstock_api.Capabilities` for one component. `consumer` is how messages call that."""

    def __init__(
        self, consumer: str, bound: Sequence[tuple[Binding, tuple[Source, ...]]], remedy: str = ""
    ) -> None:
        """`remedy` tells how to bind a capability; `%s` in it stands for the name."""
        self.consumer = consumer
        self._bound: Mapping[tuple[str, str], tuple[Source, ...]] = {
            (binding.capability, binding.slot): sources for binding, sources in bound
        }
        self._remedy = remedy
        self._claimed: set[tuple[str, str]] = set()
        self._is_sealed = False

    def require(self, key: CapabilityKey[T], slot: str = "") -> T:
        """The handle. Raises `CapabilityNotBoundError` when nothing was bound."""
        handles: tuple[T, ...] = self._claim(key, slot, self._one)
        return handles[0]

    def optional(self, key: CapabilityKey[T], slot: str = "") -> T | None:
        """The handle, or None when nothing was bound."""
        handles: tuple[T, ...] = self._claim(key, slot, self._one_if_any)
        return handles[0] if handles else None

    def require_all(self, key: CapabilityKey[T], slot: str = "") -> tuple[T, ...]:
        """All handles of a list, in the order written. Raises `CapabilityNotBoundError` for none."""
        handles: tuple[T, ...] = self._claim(key, slot, self._any)
        return handles

    def seal(self) -> None:
        """The component is created: nothing more can be claimed, and nothing here leads to an extension."""
        self._is_sealed = True
        self._bound = {}

    def _claim(
        self, key: CapabilityKey[Any], slot: str, check: Callable[[str, tuple[Source, ...]], None]
    ) -> tuple[Any, ...]:
        if known_capabilities().get(getattr(key, "name", "")) is not key:
            raise UnknownCapabilityError(
                f"{self.consumer} claims what is not a capability of this engine: {key}",
                f"capabilities are {', '.join(known_capabilities())}",
            )
        name = f"{key}/{slot}" if slot else str(key)
        if self._is_sealed:
            what = f"{self.consumer} claims a capability after its construction: {name}"
            raise CapabilityAlreadyConsumedError(what, _KEEP)
        if (key.name, slot) in self._claimed:
            raise CapabilityAlreadyConsumedError(f"{self.consumer} claims a capability twice: {name}", _KEEP)
        sources = self._bound.get((key.name, slot), ())
        check(name, sources)
        self._claimed.add((key.name, slot))
        return tuple(source.take(key, self) for source in sources)

    def _any(self, name: str, sources: tuple[Source, ...]) -> None:
        if not sources:
            remedy = self._remedy.replace("%s", name)
            raise CapabilityNotBoundError(
                f"{self.consumer} needs a capability that is not bound: {name}", remedy
            )

    def _one_if_any(self, name: str, sources: tuple[Source, ...]) -> None:
        if len(sources) > 1:
            ids = ", ".join(source.id for source in sources)
            what = f"{self.consumer} takes one extension for {name}, and several are bound: {ids}"
            raise CapabilityClaimError(what, "bind one of them")

    def _one(self, name: str, sources: tuple[Source, ...]) -> None:
        self._any(name, sources)
        self._one_if_any(name, sources)
