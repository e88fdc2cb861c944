"""Components by the name of their type, each name once."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar  # Any: components of any kind

from penstock_api import ConfigError, Registered
from penstock_dataflow.urn import ExtensionUrn, NodeUrn

__all__ = ("by_name", "find")

U = TypeVar("U", NodeUrn, ExtensionUrn)
R = TypeVar("R", bound=Registered[Any])  # Any: as above


def by_name(registered: Iterable[tuple[U, R]]) -> Mapping[U, R]:
    """The components by name, in their order. Raises `ConfigError` for a name that two of them have."""
    found: dict[U, R] = {}
    for urn, one in registered:
        if urn in found:
            projects = f"{found[urn].project}, {one.project}"
            raise ConfigError.single(
                f"two components of this distribution have the same type: {urn.short}",
                hint=f"keep one of {projects}",
            )
        found[urn] = one
    return found


def find(known: Mapping[U, R], urn: U) -> R | None:
    """The component of the type `urn`, which may be an older name of it."""
    if urn in known:
        return known[urn]
    return next(
        (one for other, one in known.items() if _family(other) == _family(urn) and urn.id in one.aliases),
        None,
    )


def _family(urn: NodeUrn | ExtensionUrn) -> tuple[str, object]:
    return urn.namespace, urn.kind if isinstance(urn, NodeUrn) else ExtensionUrn
