"""Everything a set of local projects needs: other local ones, and requirements for an index to fulfil."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder.conditions import either, narrowed
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
    conditions: Mapping[str, str]
    """Project -> the condition under which anything needs it; those that are always needed are not in it."""


def close(roots: Iterable[Requirement], known: Mapping[str, Project]) -> Closure:
    """Follow `roots` through `known`, by name. A name that is not known is left to the index.

    The condition of a root holds for everything that only it needs. One on an edge between two local projects
    is not looked at: the project is taken. It costs some kilobytes and keeps a wheel independent of the
    machine that builds it.
    """
    pending = [("", root, _condition(root)) for root in roots]
    seen: dict[tuple[str, str], set[str]] = {}
    wants: dict[tuple[str, str], set[str]] = {}
    conflicts: dict[Conflict, None] = {}
    while pending:
        by, requirement, condition = pending.pop()
        project = known.get(canonicalize_name(requirement.name))
        if project is None:
            text = str(_unconditional(requirement)) if not by else str(requirement)
            wants.setdefault((text, by), set()).add(condition)
            continue
        conflicts |= dict.fromkeys(_conflicts(by, requirement, project))
        for extra in ("", *sorted(canonicalize_name(extra) for extra in requirement.extras)):
            already = seen.setdefault((project.name, extra), set())
            if condition not in already and "" not in already:
                already.add(condition)
                pending += [(project.name, one, condition) for one in _dependencies(project, extra)]
    return Closure(
        projects=tuple(known[name] for name in sorted({name for name, _ in seen})),
        wants=tuple(sorted({one for want, found in wants.items() for one in _wanted(*want, found)})),
        conflicts=tuple(conflicts),
        conditions=dict(_conditions(seen)),
    )


def _condition(root: Requirement) -> str:
    return str(root.marker or "")


def _unconditional(root: Requirement) -> Requirement:
    found = Requirement(str(root))
    found.marker = None
    return found


def _wanted(text: str, by: str, conditions: set[str]) -> Iterator[Want]:
    """One per condition, or only one if there is a way to it that has none."""
    for condition in {""} if "" in conditions else conditions:
        requirement = Requirement(text)
        marker = narrowed(str(requirement.marker or ""), condition)
        requirement.marker = Marker(marker) if marker else None
        yield Want(requirement=str(requirement), by=by)


def _conditions(seen: Mapping[tuple[str, str], set[str]]) -> Iterator[tuple[str, str]]:
    found: dict[str, set[str]] = {}
    for (name, _), conditions in seen.items():
        found.setdefault(name, set()).update(conditions)
    for name, conditions in found.items():
        if "" not in conditions:
            yield name, either(conditions)


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
