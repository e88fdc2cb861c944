"""Which extensions components name in their configs, as bindings; and everything wrong with that."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any  # Any: factories are invariant in their config type

from penstock_api import ComponentId, Config, ConfigError, ExtensionFactory, Kind, Problem
from penstock_api.capability import ExtensionNotFoundError
from penstock_collector.config.types import Configured, ServiceConfig
from penstock_engine.extensions import Binding, Declaration, Finding, bind_references, check_extensions

__all__ = ("bindings_of", "declared", "describe", "problems_of")

_Extensions = Mapping[ComponentId, Configured[ExtensionFactory[Any]]]  # Any: as above
_Sections = Mapping[Kind, Mapping[ComponentId, Configured[Any]]]  # Any: as above


def describe(kind: Kind, name: ComponentId) -> str:
    """What to call a component in a message."""
    return f'"{name}" {kind}'


def declared(extensions: _Extensions) -> Mapping[str, Declaration]:
    """All of `extensions` by id: what each offers, and what it asks others for, as far as that is right."""
    known = {str(name): _declaration(name, one, ()) for name, one in extensions.items()}
    found = ((name, one, _found(Kind.EXTENSION, name, one.config, known)) for name, one in extensions.items())
    return {str(name): _declaration(name, one, _right(bindings)) for name, one, bindings in found}


def bindings_of(
    kind: Kind, name: ComponentId, config: Config, in_scope: Mapping[str, Declaration]
) -> tuple[Binding, ...]:
    """What the config of one component binds to it. Raises `ConfigError` when some of that is wrong."""
    found = tuple(_found(kind, name, config, in_scope))
    problems = [one.problem() for one in found if isinstance(one, Finding)]
    if problems:
        raise ConfigError(*problems)
    return _right(found)


def problems_of(
    service: ServiceConfig, sections: _Sections, extensions: _Extensions, *, is_whole: bool
) -> Iterator[Problem]:
    """Everything wrong with how the components that `service` uses name extensions.

    Without `is_whole` some extensions are too wrong to be in `extensions`: then none is said to be missing.
    """
    known = declared(extensions)
    listed = {str(one) for one in service.extensions}
    for kind, name in _used(service, sections):
        for one in _found(kind, name, sections[kind][name].config, known):
            if isinstance(one, Binding):
                yield from _unlisted(describe(kind, name), one, service, listed)
            elif is_whole or not isinstance(one.error, ExtensionNotFoundError):
                yield one.problem()
    used = [known[name] for name in dict.fromkeys(map(str, service.extensions)) if name in known]
    yield from (one.problem() for one in check_extensions(used, known))


def _used(service: ServiceConfig, sections: _Sections) -> Iterator[tuple[Kind, ComponentId]]:
    """The components that will be created, each once, as far as they are right."""
    wanted = [(Kind.EXTENSION, one) for one in service.extensions]
    for pipeline in service.pipelines.values():
        wanted += [(Kind.RECEIVER, one) for one in pipeline.receivers]
        wanted += [(Kind.PROCESSOR, one) for one in pipeline.processors]
        wanted += [(Kind.EXPORTER, one) for one in pipeline.exporters]
        wanted += [(Kind.CONNECTOR, one) for one in (*pipeline.receivers, *pipeline.exporters)]
    yield from ((kind, one) for kind, one in dict.fromkeys(wanted) if one in sections[kind])


def _unlisted(consumer: str, binding: Binding, service: ServiceConfig, listed: set[str]) -> Iterator[Problem]:
    for name in binding.extensions:
        if name not in listed:
            what = f"{consumer} names an extension that is not listed in `service.extensions`: {name}"
            every = ", ".join((*map(str, service.extensions), name))
            yield Problem(binding.path, what, f"write `extensions: [{every}]` there")


def _found(
    kind: Kind, name: ComponentId, config: Config, in_scope: Mapping[str, Declaration]
) -> Iterator[Binding | Finding]:
    return bind_references(describe(kind, name), config, (kind.section, str(name)), in_scope)


def _right(found: Iterable[Binding | Finding]) -> tuple[Binding, ...]:
    return tuple(one for one in found if isinstance(one, Binding))


def _declaration(
    name: ComponentId, one: Configured[ExtensionFactory[Any]], bindings: tuple[Binding, ...]
) -> Declaration:
    factory = one.factory.factory
    return Declaration(
        id=str(name),
        label=describe(Kind.EXTENSION, name),
        capabilities=factory.offered(one.config),
        bindings=bindings,
        path=(Kind.EXTENSION.section, str(name)),
    )
