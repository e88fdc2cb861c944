"""What a manifest stands for: its factories, the local projects behind them, and what an index must supply.

Reads values only. Whether the third-party requirements can be met at all is the lock's question (`lock.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from penstock_builder import __version__, words
from penstock_builder.closure import Closure, Conflict, Want, close
from penstock_builder.errors import ManifestError, ResolutionError
from penstock_builder.indexes import Indexes, Place
from penstock_builder.lines import kind_of, lines
from penstock_builder.load import Loaded
from penstock_builder.manifest import Component
from penstock_builder.overrides import FETCHED, Override, excluded_versions, overrides
from penstock_builder.problems import KeyPath, Problem
from penstock_builder.project import Project
from penstock_builder.registration import Registration, RegistrationError, engine, registrations

__all__ = ("Resolution", "resolve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The distribution, complete but for the versions that the lock picks.

    `local` are the projects on this machine, sorted by name; `indexed` the names of components that come from
    an index; `wants` every requirement for the index, those components included.
    """

    registrations: tuple[Registration, ...]
    local: tuple[Project, ...]
    indexed: tuple[str, ...]
    wants: tuple[Want, ...]
    python: str
    exclude_newer: str | None = None
    overrides: tuple[Override, ...] = ()
    """Replacements of what none of the local projects is."""
    bounds: tuple[str, ...] = ()
    """Limits for whatever else requires a project."""
    forced: tuple[str, ...] = ()
    """Requirements of local projects that a replacement on this machine does not meet."""
    conditions: Mapping[str, str] = field(default_factory=dict)
    """Project of this machine -> the condition (PEP 508) under which anything needs it."""
    indexes: Indexes = Indexes()  # noqa: RUF009 - frozen
    """Where packages come from besides the user's own index."""
    commands: tuple[tuple[str, Registration], ...] = ()
    """Subcommands by name, and the component that brings each."""


def resolve(loaded: Loaded) -> Resolution:
    """Raise `ManifestError` for lines that name no factory, `ResolutionError` for versions that disagree."""
    brought, mistakes = _registrations(loaded)
    found = [(where, one) for where, one in brought if where != ("engine",) or _is_extension(loaded)]
    mistakes += [*_claimed_twice(found, loaded), *_hidden(brought, loaded), *_schemeless(found, loaded)]
    components = dict(_components(loaded))
    roots = tuple(component.conditional for component in components.values())
    closure = close([*roots, *_instead(loaded)], _known(loaded))
    names = frozenset(one.name for one in closure.projects)
    rules = overrides(loaded.manifest, _known(loaded), names)
    fetched = {one.project for one in rules if one.kind in FETCHED}
    elsewhere = _known(loaded).keys() | fetched
    indexed = sorted({one.project for one in components.values() if one.project not in elsewhere})
    replaced = {one.project for one in loaded.manifest.replaces}
    conflicts = [
        _located(conflict, components, loaded)
        for conflict in closure.conflicts
        if not conflict.by or conflict.target not in replaced
    ]
    conflicts += _python_conflicts(closure, components, loaded)
    if mistakes:
        raise ManifestError([*mistakes, *conflicts])
    if conflicts:
        raise ResolutionError(conflicts)
    return Resolution(
        registrations=tuple(one for _, one in found),
        local=closure.projects,
        indexed=tuple(indexed),
        wants=closure.wants,
        python=words.lowest_python(loaded.manifest.dist.requires_python),
        exclude_newer=loaded.manifest.versions.exclude_newer,
        overrides=rules,
        bounds=(*loaded.manifest.constraints, *excluded_versions(loaded.manifest)),
        forced=tuple(
            f"{one.by} {one.what}" for one in closure.conflicts if one.by and one.target in replaced
        ),
        conditions=closure.conditions,
        indexes=_indexes(loaded),
        commands=tuple(_commands(loaded, brought)),
    )


def _is_extension(loaded: Loaded) -> bool:
    return loaded.manifest.engine is not None and loaded.manifest.engine.extension


def _commands(
    loaded: Loaded, brought: list[tuple[KeyPath, Registration]]
) -> Iterator[tuple[str, Registration]]:
    """The engine's, called as `engine` says, or by its own name if it is one of the extensions."""
    named = loaded.manifest.engine
    for where, one in brought:
        if named and named.command and where == ("engine",):
            yield named.command, one
        elif named is None and one.alias == "extension_engine":
            yield one.name, one


def _indexes(loaded: Loaded) -> Indexes:
    places = []
    for number, one in enumerate(loaded.manifest.indexes):
        key = "env" if one.env else "keyring" if one.keyring else "url"
        where = str(loaded.document.problem(("indexes", number, key), "")).rstrip(": ")
        place = Place(
            name=one.name,
            explicit=one.explicit,
            where=where,
            url=one.url or "",
            env=one.env or "",
            keyring=one.keyring or "",
        )
        places.append(place)
    assigned: dict[str, str] = {}
    for index in loaded.manifest.indexes:
        assigned |= {canonicalize_name(name): index.name for name in index.packages}
    assigned |= {one.project: one.index for _, one in lines(loaded.manifest) if one.index}
    return Indexes(places=tuple(places), assigned=dict(sorted(assigned.items())))


def _components(loaded: Loaded) -> Iterator[tuple[KeyPath, Component]]:
    yield ("collector",), _collector(loaded)
    yield from ((where, one) for where, one in lines(loaded.manifest) if kind_of(where))


def _collector(loaded: Loaded) -> Component:
    """The runtime: given, or the one of this builder's own version; `dist.extras` are extras of it."""
    given = loaded.manifest.collector
    wanted = given.requirement if given else Requirement(f"penstock-collector=={__version__}")
    wanted.extras |= set(loaded.manifest.dist.extras)
    return Component(package=str(wanted), path=given.path if given else None)


def _known(loaded: Loaded) -> dict[str, Project]:
    return {project.name: project for project in loaded.projects.values()}


def _instead(loaded: Loaded) -> Iterator[Requirement]:
    """What takes the place of a project under another name is required by nobody else."""
    return (Requirement(one.package) for one in loaded.manifest.replaces if one.package)


def _registrations(loaded: Loaded) -> tuple[list[tuple[KeyPath, Registration]], list[Problem]]:
    found: list[tuple[KeyPath, Registration]] = []
    mistakes: list[Problem] = []
    for where, component in lines(loaded.manifest):
        if not kind_of(where):
            continue
        project = _known(loaded).get(component.project)
        try:
            brought = registrations(kind_of(where), component, project)
            named = loaded.manifest.engine if where == ("engine",) else None
            found += [(where, one) for one in (engine(named, brought) if named else brought)]
        except RegistrationError as error:
            mistakes.append(loaded.document.problem((*where, error.key), error.what, error.hint))
    return found, mistakes


def _claimed_twice(found: list[tuple[KeyPath, Registration]], loaded: Loaded) -> Iterator[Problem]:
    first: dict[str, tuple[KeyPath, Registration]] = {}
    for where, one in found:
        earlier = first.setdefault(one.alias, (where, one))
        if earlier[0] != where:
            line = loaded.document.line(earlier[0])
            what = (
                f"{one.project} brings what {earlier[1].project} on line {line} brings: {one.kind} {one.name}"
            )
            yield loaded.document.problem(where, what, "remove one of the two")


def _schemeless(found: list[tuple[KeyPath, Registration]], loaded: Loaded) -> Iterator[Problem]:
    """The default scheme is one that a provider of the distribution serves."""
    scheme = loaded.manifest.conf_resolver.default_uri_scheme
    served = sorted(one.name for _, one in found if one.kind == "provider")
    if scheme and scheme not in served:
        what = f"is served by no provider (there are: {', '.join(served) or 'none'}): {scheme}"
        yield loaded.document.problem(("conf_resolver", "default_uri_scheme"), what)


def _hidden(found: list[tuple[KeyPath, Registration]], loaded: Loaded) -> Iterator[Problem]:
    """The distribution's own package would be imported in the place of the component's."""
    dist = loaded.manifest.dist
    module = dist.package or words.module_for(dist.name)
    for _, one in found:
        if one.module.partition(".")[0] == module:
            key = "package" if dist.package else "name"
            what = f"as a Python package would hide the one of {one.project}: {module}"
            yield loaded.document.problem(("dist", key), what, "set `dist.package`")


def _located(conflict: Conflict, components: dict[KeyPath, Component], loaded: Loaded) -> Problem:
    """Point to the line that asks, or if the manifest itself does, to the requirement it has written."""
    if conflict.by:
        where = _line_of(conflict.by, components, loaded)
        return loaded.document.problem(where, f"{conflict.by} {conflict.what}")
    where = _line_of(conflict.target, components, loaded)
    return loaded.document.problem((*where, "package"), conflict.what)


def _line_of(project: str, components: dict[KeyPath, Component], loaded: Loaded) -> KeyPath:
    for where, component in components.items():
        if component.project == project:
            return where
    for index, replacement in enumerate(loaded.manifest.replaces):
        if replacement.project == project:
            return ("replaces", index)
    return ()


def _python_conflicts(
    closure: Closure, components: dict[KeyPath, Component], loaded: Loaded
) -> Iterator[Problem]:
    lowest = words.lowest_python(loaded.manifest.dist.requires_python)
    for project in closure.projects:
        if not SpecifierSet(project.requires_python).contains(Version(f"{lowest}.99")):
            where = _line_of(project.name, components, loaded)
            needs = f"{project.name} needs Python {project.requires_python}"
            what = f"{needs}, and the distribution starts at: {lowest}"
            yield loaded.document.problem(where, what, "raise `dist.requires_python`")
