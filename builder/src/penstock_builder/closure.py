"""Everything a set of local projects needs: other local ones, and requirements for an index to fulfil."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder.project import Project

__all__ = ("Closure", "Conflict", "Want", "close")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Want:
    """One requirement for an index, and the project that has it (empty: the manifest itself)."""

    requirement: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A project on this machine does not have what another one asks of it."""

    by: str
    target: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """The local projects that are needed, sorted by name, and what remains for an index."""

    projects: tuple[Project, ...]
    wants: tuple[Want, ...]
    conflicts: tuple[Conflict, ...]


def close(roots: Iterable[Requirement], known: Mapping[str, Project]) -> Closure:
    """Follow `roots` through `known`, by name. A name that is not known is left to the index.

    A condition on an edge between two local projects is not evaluated: the project is taken. It costs some
    kilobytes and keeps a wheel independent of the machine that builds it.
    """
    pending = [("", root) for root in roots]
    seen: set[tuple[str, str]] = set()
    wants: set[Want] = set()
    conflicts: list[Conflict] = []
    while pending:
        by, requirement = pending.pop()
        project = known.get(canonicalize_name(requirement.name))
        if project is None:
            wants.add(Want(requirement=str(requirement), by=by))
            continue
        conflicts += _conflicts(by, requirement, project)
        for extra in ("", *sorted(canonicalize_name(extra) for extra in requirement.extras)):
            if (project.name, extra) not in seen:
                seen.add((project.name, extra))
                pending += [(project.name, one) for one in _dependencies(project, extra)]
    projects = sorted({name for name, _ in seen})
    return Closure(
        projects=tuple(known[name] for name in projects),
        wants=tuple(sorted(wants)),
        conflicts=tuple(conflicts),
    )


def _dependencies(project: Project, extra: str) -> tuple[Requirement, ...]:
    return project.extras.get(extra, ()) if extra else project.dependencies


def _conflicts(by: str, requirement: Requirement, project: Project) -> Iterator[Conflict]:
    if not requirement.specifier.contains(project.version, prereleases=True):
        wanted = f"{project.name} {requirement.specifier}"
        what = f"asks for {wanted}, but {project.path} has version: {project.version}"
        yield Conflict(by=by, target=project.name, what=what)
    for extra in sorted(requirement.extras):
        if canonicalize_name(extra) not in project.extras:
            has = ", ".join(sorted(project.extras)) or "none"
            yield Conflict(
                by=by,
                target=project.name,
                what=f"asks for an extra that {project.name} lacks (it has: {has}): {extra}",
            )
