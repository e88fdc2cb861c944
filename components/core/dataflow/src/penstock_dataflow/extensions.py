"""Extension types to factories, extension configs to typed ones, and what each offers to nodes."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias  # Any: factories are invariant in their config type

from penstock_api import Components, Config, ConfigError, ExtensionFactory, Registered, decode
from penstock_api.capability import CapabilityKey, CapabilityNotProvidedError, known_capabilities
from penstock_api.yaml import Path
from penstock_dataflow.config import DataflowConfig, ExtensionConfig, NodeConfig, Reader, Scope, nearest
from penstock_dataflow.registry import by_name, find
from penstock_dataflow.urn import NAMESPACE, ExtensionUrn
from penstock_engine.extensions import (
    Binding,
    Declaration,
    Finding,
    bind_references,
    check_bindings,
    check_extensions,
)

__all__ = (
    "ExtensionTypes",
    "Extensions",
    "Near",
    "ResolvedExtension",
    "check_offers",
    "declared",
    "extension_types",
    "in_scope",
    "named_in",
    "resolve_extensions",
)

# Any: as above
ExtensionTypes: TypeAlias = Mapping[ExtensionUrn, Registered[ExtensionFactory[Any]]]


@dataclass(frozen=True, slots=True)
class ResolvedExtension:
    """An extension, the factory that makes it, and its config as that wants it.

    `bindings` are the extensions that its config names.
    """

    extension: ExtensionConfig
    factory: ExtensionFactory[Any]  # Any: as above
    config: Config
    bindings: tuple[Binding, ...] = ()

    @property
    def offers(self) -> tuple[CapabilityKey[Any], ...]:  # Any: capabilities of any contract
        """What it can be bound for."""
        return self.factory.offered(self.config)

    @property
    def declaration(self) -> Declaration:
        """The same as the engine's kernel takes it."""
        one = self.extension
        return Declaration(
            id=one.id, label=one.label, capabilities=self.offers, bindings=self.bindings, path=one.path
        )


Near: TypeAlias = tuple[str, str]
"""A group and a pipeline in it, by name, empty for none: what is declared there and around it is meant."""

Extensions: TypeAlias = Mapping[Path, ResolvedExtension]
"""Resolved extensions by the path of their declaration."""


def extension_types(components: Components) -> ExtensionTypes:
    """Every component that can be an extension, by name. Raises `ConfigError` when two have one name."""
    return by_name((ExtensionUrn(NAMESPACE, one.name), one) for one in components.extensions)


def resolve_extensions(
    reader: Reader, config: DataflowConfig, components: Components, near: Near | None = None
) -> Extensions:
    """Every declared extension by its path, or those of the scopes `near` a pipeline or a group.

    What cannot be resolved is a problem of `reader` and left out. Nothing is constructed.
    """
    types = extension_types(components)
    found: dict[Path, ResolvedExtension] = {}
    for extension in declared(config, near):
        registered = find(types, extension.urn)
        if registered is None:
            what = f"this distribution has no such extension type: {extension.urn.short}"
            hint = nearest(extension.urn.short, [one.short for one in types])
            reader.problem((*extension.path, "type"), what, hint)
            continue
        one = reader.attempt(functools.partial(_decoded, registered, extension))
        if one is not None:
            found[extension.path] = one
    return _bound(reader, config, found, near, types)


def declared(config: DataflowConfig, near: Near | None = None) -> Iterator[ExtensionConfig]:
    """Every declared extension, each once: those of the top, of groups, of pipelines; or those of `near`."""
    for own, _ in _scopes(config, near):
        yield from own


def in_scope(
    visible: Mapping[str, ExtensionConfig], extensions: Extensions, types: ExtensionTypes
) -> Mapping[str, Declaration]:
    """What `visible` extensions offer. One that could not be resolved may offer all that its type can."""
    return {
        name: extensions[one.path].declaration
        if one.path in extensions
        else Declaration(id=name, label=one.label, capabilities=_possible(one, types), path=one.path)
        for name, one in visible.items()
    }


def _possible(extension: ExtensionConfig, types: ExtensionTypes) -> tuple[CapabilityKey[Any], ...]:
    """What the type of `extension` can offer; everything when nothing is known of it."""
    registered = find(types, extension.urn)
    try:
        return registered.factory.capabilities if registered is not None else _everything()
    except ConfigError:
        return _everything()


def _everything() -> tuple[CapabilityKey[Any], ...]:
    return tuple(known_capabilities().values())


def check_offers(reader: Reader, node: NodeConfig, visible: Mapping[str, Declaration]) -> None:
    """Refuse bindings of `node` to extensions that are `visible` and do not offer the capability."""
    for found in check_bindings(node.label, node.capabilities, visible):
        if isinstance(found.error, CapabilityNotProvidedError):
            _note(reader, found)


def named_in(
    reader: Reader, label: str, config: Config, path: Path, visible: Mapping[str, Declaration]
) -> tuple[Binding, ...]:
    """Bindings of the extensions that `config`, which stands at `path`, names in its own fields."""
    bindings: list[Binding] = []
    for found in bind_references(label, config, path, visible):
        if isinstance(found, Finding):
            _note(reader, found)
        else:
            bindings.append(found)
    return tuple(bindings)


def _decoded(registered: Registered[ExtensionFactory[Any]], extension: ExtensionConfig) -> ResolvedExtension:
    factory = registered.factory
    model: type[Config] = factory.config
    config = decode(model, extension.config, (*extension.path, "config"))
    return ResolvedExtension(extension, factory, config)


def _bound(
    reader: Reader, config: DataflowConfig, found: Extensions, near: Near | None, types: ExtensionTypes
) -> Extensions:
    """`found`, each with the extensions that its config names."""
    bound = dict(found)
    for own, visible in _scopes(config, near):
        known = [found[one.path] for one in own if one.path in found]
        scope = in_scope(visible, found, types)
        for one in known:
            path = (*one.extension.path, "config")
            bindings = named_in(reader, one.extension.label, one.config, path, scope)
            bound[one.extension.path] = replace(one, bindings=bindings)
        declarations = [bound[one.extension.path].declaration for one in known]
        for mistake in check_extensions(declarations, in_scope(visible, bound, types)):
            _note(reader, mistake)
    return bound


def _scopes(
    config: DataflowConfig, near: Near | None
) -> Iterator[tuple[tuple[ExtensionConfig, ...], Mapping[str, ExtensionConfig]]]:
    """For each scope, or each of `near`, what it declares, and all that is visible there."""
    yield tuple(config.extensions.values()), config.extensions
    for group in config.groups.values():
        if near is None or near[0] == group.id:
            yield tuple(group.extensions.values()), {**config.extensions, **group.extensions}
    for pipeline in config.pipelines:
        if near is not None and near != (pipeline.group, pipeline.name):
            continue
        own = tuple(one for one in pipeline.extensions.values() if one.scope is Scope.PIPELINE)
        yield own, pipeline.extensions


def _note(reader: Reader, found: Finding) -> None:
    problem = found.problem()
    reader.problem(problem.path, problem.what, problem.hint)
