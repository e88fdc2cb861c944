"""What is known of extensions before any is created, and what can be wrong with how they are bound."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: keys of any contract

from penstock_api import Problem
from penstock_api.capability import (
    Capabilities,
    CapabilityClaimError,
    CapabilityCycleError,
    CapabilityKey,
    CapabilityNotProvidedError,
    ExtensionNotFoundError,
    UnknownCapabilityError,
    known_capabilities,
)
from penstock_api.extension import Bundle
from penstock_api.settings import Report
from penstock_api.yaml import Path
from penstock_engine.units import unreported

__all__ = (
    "Binding",
    "Declaration",
    "ExtensionSpec",
    "Finding",
    "check_bindings",
    "check_extensions",
    "in_order",
    "nearest",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The extensions that provide `capability` to one component, in order; `slot` tells several apart.

    `path` leads to where it is written.
    """

    capability: str
    extensions: tuple[str, ...]
    slot: str = ""
    path: Path = ()

    def __str__(self) -> str:
        return f"{self.capability}/{self.slot}" if self.slot else self.capability


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """An extension as configured: `label` is how messages call it, `capabilities` what its factory declares.

    `bindings` are its own: what it asks other extensions for. `path` leads to where it is written.
    """

    id: str
    label: str
    capabilities: tuple[CapabilityKey[Any], ...] = ()
    bindings: tuple[Binding, ...] = ()
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionSpec:
    """A declaration, and how to create it: `create` is called once with what was bound to it.

    `report` hears of its status.
    """

    declaration: Declaration
    create: Callable[[Capabilities], Bundle]
    report: Report = unreported


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake of wiring, and where it is written."""

    path: Path
    error: CapabilityClaimError

    def problem(self) -> Problem:
        """The same as a problem of the user's file."""
        return Problem(self.path, self.error.what, self.error.hint)


def check_bindings(
    consumer: str, bindings: Iterable[Binding], in_scope: Mapping[str, Declaration]
) -> Iterator[Finding]:
    """Everything wrong with `bindings` of `consumer`, in their order; `in_scope` is all that it can see."""
    for binding in bindings:
        key = known_capabilities().get(binding.capability)
        if key is None:
            yield Finding(binding.path, _unknown(consumer, binding))
        for name in binding.extensions:
            found = in_scope.get(name)
            if found is None:
                yield Finding(binding.path, _not_found(consumer, binding, name, in_scope))
            elif key is not None and key not in found.capabilities:
                yield Finding(binding.path, _not_provided(consumer, binding, found, in_scope))


def check_extensions(
    declared: Sequence[Declaration], in_scope: Mapping[str, Declaration]
) -> Iterator[Finding]:
    """Everything wrong with what the extensions of one scope ask of others: bindings, and cycles.

    `in_scope` is all that they can see: themselves, and those of outer scopes.
    """
    for one in declared:
        yield from check_bindings(one.label, one.bindings, in_scope)
    known = {one.id: one for one in declared}
    try:
        _depths(known)
    except _CycleError as error:
        yield Finding(known[error.ids[0]].path, error.told(known))


def in_order(declared: Iterable[Declaration]) -> Mapping[str, int]:
    """The ids, each after those it needs, else in the order given; with how deep its needs go.

    Raises `CapabilityCycleError` when some need each other. Extensions of outer scopes do not count.
    """
    known = {one.id: one for one in declared}
    try:
        return _depths(known)
    except _CycleError as error:
        raise error.told(known) from None


class _CycleError(Exception):
    """Ids of which each needs the next; the last is the first."""

    def __init__(self, ids: tuple[str, ...]) -> None:
        super().__init__(ids)
        self.ids = ids

    def told(self, known: Mapping[str, Declaration]) -> CapabilityCycleError:
        labels = " -> ".join(known[name].label for name in self.ids)
        return CapabilityCycleError(
            f"extensions need each other: {labels}", "remove one of the bindings of the cycle"
        )


def _depths(known: Mapping[str, Declaration]) -> dict[str, int]:
    depths: dict[str, int] = {}

    def place(one: Declaration, path: tuple[str, ...]) -> int:
        if one.id in path:
            raise _CycleError((*path[path.index(one.id) :], one.id))
        if one.id not in depths:
            needs = [name for binding in one.bindings for name in binding.extensions if name in known]
            depth = max((1 + place(known[name], (*path, one.id)) for name in needs), default=0)
            depths[one.id] = depth
        return depths[one.id]

    for one in known.values():
        place(one, ())
    return depths


def _unknown(consumer: str, binding: Binding) -> UnknownCapabilityError:
    known = list(known_capabilities())
    near = nearest(binding.capability, known, "")
    every = f"capabilities are {', '.join(known)}"
    return UnknownCapabilityError(
        f"{consumer} binds a capability that does not exist: {binding.capability}",
        f"{near} {every}" if near else every,
    )


def nearest(wanted: str, known: Iterable[str], otherwise: str) -> str:
    """A hint at the one of `known` that may be meant; `otherwise` when none comes near."""
    near = difflib.get_close_matches(wanted, list(known), n=1)
    return f"did you mean `{near[0]}`?" if near else otherwise


def _not_found(
    consumer: str, binding: Binding, name: str, in_scope: Mapping[str, Declaration]
) -> ExtensionNotFoundError:
    if in_scope:
        hint = nearest(name, in_scope, f"extensions in scope are {', '.join(sorted(in_scope))}")
    else:
        hint = "no extension is in scope: declare it under `extensions`"
    return ExtensionNotFoundError(
        f"{consumer} binds {binding} to an extension that is not in scope: {name}", hint
    )


def _not_provided(
    consumer: str, binding: Binding, found: Declaration, in_scope: Mapping[str, Declaration]
) -> CapabilityNotProvidedError:
    offers = ", ".join(sorted(map(str, found.capabilities))) or "nothing"
    others = sorted(one.id for one in in_scope.values() if binding.capability in map(str, one.capabilities))
    who = f"; {binding.capability} is offered by {', '.join(others)}" if others else ""
    return CapabilityNotProvidedError(
        f"{consumer} binds {binding} to an extension that does not offer it: {found.id}",
        f"`{found.id}` offers {offers}{who}",
    )
