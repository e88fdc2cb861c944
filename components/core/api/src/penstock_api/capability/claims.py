"""How a component claims what was bound to it: once, while it is created."""

from typing import Protocol, TypeVar

from penstock_api.capability.errors import CapabilityNotBoundError
from penstock_api.capability.key import CapabilityKey

__all__ = ("NO_CAPABILITIES", "Capabilities")

T = TypeVar("T")


class Capabilities(Protocol):
    """The capabilities bound to one component. Usable until its create function has returned.

    `slot` tells bindings of one capability apart (`key_value_store/meta`). Each can be claimed once, by any
    of the methods; a second claim, or a late one, raises `CapabilityAlreadyConsumedError`.
    """

    def require(self, key: CapabilityKey[T], slot: str = "") -> T:
        """The handle. Raises `CapabilityNotBoundError` when nothing was bound."""
        ...

    def optional(self, key: CapabilityKey[T], slot: str = "") -> T | None:
        """The handle, or None when nothing was bound. A binding that is wrong is an error here too."""
        ...

    def require_all(self, key: CapabilityKey[T], slot: str = "") -> tuple[T, ...]:
        """All handles of a list, in the order written. Raises `CapabilityNotBoundError` for none."""
        ...


class _None:
    """What a component has to which nothing was bound."""

    def require(self, key: CapabilityKey[T], slot: str = "") -> T:
        raise _not_bound(key.name, slot)

    def optional(self, key: CapabilityKey[T], slot: str = "") -> T | None:  # noqa: ARG002 - nothing is bound
        return None

    def require_all(self, key: CapabilityKey[T], slot: str = "") -> tuple[T, ...]:
        raise _not_bound(key.name, slot)


def _not_bound(name: str, slot: str) -> CapabilityNotBoundError:
    whole = f"{name}/{slot}" if slot else name
    return CapabilityNotBoundError(
        f"no extension is bound for capability {whole}",
        f"write `capabilities: {{{whole}: <extension>}}` beside the node's `config`",
    )


NO_CAPABILITIES: Capabilities = _None()
