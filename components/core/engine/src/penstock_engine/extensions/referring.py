"""Extensions that a component's own config names, as bindings."""

from collections.abc import Iterator, Mapping

from penstock_api.capability import CapabilityNotProvidedError, ExtensionNotFoundError
from penstock_api.config import Config, Reference, references
from penstock_api.yaml import Path
from penstock_engine.extensions.declaration import Binding, Declaration, Finding, nearest

__all__ = ("bind_references",)


def bind_references(
    consumer: str, config: Config, path: Path, in_scope: Mapping[str, Declaration]
) -> Iterator[Binding | Finding]:
    """A binding for every extension that `config`, which stands at `path`, names; or what is wrong with it.

    Of the capabilities that would do, the first that the extension offers is bound.
    """
    for one in references(config):
        where = (*path, *one.path)
        found = in_scope.get(one.extension)
        if found is None:
            yield Finding(where, _not_found(consumer, one, in_scope))
            continue
        offered = tuple(map(str, found.capabilities))
        wanted = next((name for name in one.capabilities if name in offered), None)
        if wanted is None:
            yield Finding(where, _not_provided(consumer, one, found, in_scope))
        else:
            yield Binding(capability=wanted, slot=one.slot, extensions=(found.id,), path=where)


def _not_found(consumer: str, one: Reference, in_scope: Mapping[str, Declaration]) -> ExtensionNotFoundError:
    fit = _fit(one, in_scope)
    hint = nearest(one.extension, fit, _who(one, fit))
    return ExtensionNotFoundError(
        f"{consumer} names an extension that is not configured: {one.extension}", hint
    )


def _not_provided(
    consumer: str, one: Reference, found: Declaration, in_scope: Mapping[str, Declaration]
) -> CapabilityNotProvidedError:
    offers = ", ".join(sorted(map(str, found.capabilities))) or "nothing"
    return CapabilityNotProvidedError(
        f"{consumer} names an extension that does not offer {_wanted(one)}: {found.id}",
        f"`{found.id}` offers {offers}; {_who(one, _fit(one, in_scope))}",
    )


def _fit(one: Reference, in_scope: Mapping[str, Declaration]) -> list[str]:
    """Ids of the extensions that would do."""
    return sorted(
        found.id
        for found in in_scope.values()
        if any(str(key) in one.capabilities for key in found.capabilities)
    )


def _who(one: Reference, fit: list[str]) -> str:
    return (
        f"{_wanted(one)} is offered by {', '.join(fit)}"
        if fit
        else f"no extension here offers {_wanted(one)}"
    )


def _wanted(one: Reference) -> str:
    *most, last = one.capabilities
    return f"{', '.join(most)} or {last}" if most else last
