"""Extension types to factories, extension configs to typed ones, and what each offers to nodes."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias  # Any: factories are invariant in their config type

from penstock_api import Components, Config, ExtensionFactory, Registered, decode
from penstock_api.yaml import Path
from penstock_dataflow.config import (
    Binding,
    DataflowConfig,
    ExtensionConfig,
    PipelineConfig,
    Reader,
    Scope,
    nearest,
)
from penstock_dataflow.registry import by_name, find
from penstock_dataflow.urn import NAMESPACE, ExtensionUrn

__all__ = (
    "ExtensionTypes",
    "ResolvedExtension",
    "check_offers",
    "declared",
    "extension_types",
    "resolve_extensions",
)

# Any: as above
ExtensionTypes: TypeAlias = Mapping[ExtensionUrn, Registered[ExtensionFactory[Any]]]


@dataclass(frozen=True, slots=True)
class ResolvedExtension:
    """An extension, the factory that makes it, and its config as that wants it."""

    extension: ExtensionConfig
    factory: ExtensionFactory[Any]  # Any: as above
    config: Config


def extension_types(components: Components) -> ExtensionTypes:
    """Every component that can be an extension, by name. Raises `ConfigError` when two have one name."""
    return by_name((ExtensionUrn(NAMESPACE, one.name), one) for one in components.extensions)


def resolve_extensions(
    reader: Reader, config: DataflowConfig, components: Components
) -> Mapping[Path, ResolvedExtension]:
    """Every declared extension by its path; what cannot be resolved is a problem of `reader` and left out.

    Nothing is constructed.
    """
    types = extension_types(components)
    found: dict[Path, ResolvedExtension] = {}
    for extension in declared(config):
        registered = find(types, extension.urn)
        if registered is None:
            what = f"this distribution has no such extension type: {extension.urn.short}"
            hint = nearest(extension.urn.short, [one.short for one in types])
            reader.problem((*extension.path, "type"), what, hint)
            continue
        decoded = reader.attempt(functools.partial(_decoded, registered, extension))
        if decoded is not None:
            found[extension.path] = ResolvedExtension(extension, registered.factory, decoded)
    return found


def _decoded(registered: Registered[ExtensionFactory[Any]], extension: ExtensionConfig) -> Config:
    model: type[Config] = registered.factory.config
    return decode(model, extension.config, (*extension.path, "config"))


def check_offers(
    reader: Reader, pipeline: PipelineConfig, extensions: Mapping[Path, ResolvedExtension]
) -> None:
    """Refuse bindings to extensions that are in scope and do not provide the capability."""
    for node in (*pipeline.nodes.values(), *pipeline.unconnected.values()):
        for binding in node.capabilities:
            for name in binding.extensions:
                extension = pipeline.extensions.get(name)
                one = extensions.get(extension.path) if extension is not None else None
                if one is not None:
                    _check_offer(reader, node.id, binding, one)


def _check_offer(reader: Reader, node: str, binding: Binding, one: ResolvedExtension) -> None:
    offered = _offers(one)
    if binding.capability in offered:
        return
    short, name = one.extension.urn.short, one.extension.id
    what = f"{node} binds {binding.capability} to an extension that does not provide it: {name}"
    nothing = f"{short} works by itself, and provides nothing to nodes"
    reader.problem(binding.path, what, f"{short} provides {', '.join(offered)}" if offered else nothing)


def _offers(one: ResolvedExtension) -> tuple[str, ...]:
    return tuple(sorted(key.name for key in one.factory.capabilities))


def declared(config: DataflowConfig) -> Iterator[ExtensionConfig]:
    """Every declared extension, each once: those of the top, of groups, of pipelines."""
    yield from config.extensions.values()
    for group in config.groups.values():
        yield from group.extensions.values()
    for pipeline in config.pipelines:
        yield from (one for one in pipeline.extensions.values() if one.scope is Scope.PIPELINE)
