"""What would be built, from where, and why, as a report."""

from collections.abc import Iterator
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder.lock import Lock, staleness
from penstock_builder.origins import lines_of
from penstock_builder.planned import (
    PlannedCommand,
    PlannedComponent,
    PlannedDistribution,
    PlannedProject,
    PlannedValue,
    PlanReport,
)
from penstock_builder.replaced import completed, forced
from penstock_builder.replacement import Replacement
from penstock_builder.steps import Workspace

__all__ = ("planned",)

_UNKNOWN = "not locked"


def planned(workspace: Workspace, lock: Lock | None) -> PlanReport:
    """Look at everything that is known without asking an index."""
    loaded, dist = workspace.loaded, workspace.loaded.manifest.dist
    stale = staleness(lock, workspace.resolution)
    if lock:
        workspace = replace(workspace, resolution=completed(workspace.resolution, lock))
    return PlanReport(
        distribution=PlannedDistribution(
            name=dist.name,
            version=dist.version,
            description=dist.description,
            requires_python=dist.requires_python,
            embed=dist.embed,
            manifest=str(loaded.file),
            output=str(workspace.output),
        ),
        overrides=tuple(
            PlannedValue(key=key, origin=origin) for key, origin in sorted(loaded.source.overrides.items())
        ),
        components=tuple(_components(workspace, lock)),
        commands=tuple(
            PlannedCommand(name=name, project=one.project) for name, one in workspace.resolution.commands
        ),
        projects=(*_local(workspace), *_pinned(workspace, lock)),
        forced=(*workspace.resolution.forced, *(forced(lock) if lock else ())),
        lock=stale,
    )


def _components(workspace: Workspace, lock: Lock | None) -> Iterator[PlannedComponent]:
    local = {project.name: project for project in workspace.resolution.local}
    pins = _versions(lock)
    places = dict(reversed([*lines_of(workspace.loaded)]))
    for one in workspace.resolution.registrations:
        project = local.get(one.project)
        where = places.get(one.project)
        line = f"line {workspace.loaded.document.line(where)}" if where else ""
        yield PlannedComponent(
            kind=one.kind,
            name=one.name,
            project=one.project,
            version=project.version if project else pins.get(one.project, _UNKNOWN),
            source=project.path if project else _index(workspace, one.project),
            why="; ".join(part for part in (line, _only(one.marker)) if part),
            condition=one.marker,
        )


def _index(workspace: Workspace, project: str) -> str:
    return f"index {workspace.resolution.indexes.assigned.get(project, '')}".rstrip()


def _only(marker: str) -> str:
    return f"only where {marker}" if marker else ""


def _versions(lock: Lock | None) -> dict[str, str]:
    return {canonicalize_name(pin.name): pin.version for pin in lock.pins} if lock else {}


def _local(workspace: Workspace) -> Iterator[PlannedProject]:
    loaded = workspace.loaded
    lines = {name: f"line {loaded.document.line(where)}" for name, where in reversed([*lines_of(loaded)])}
    replaced = {one.project: one for one in loaded.manifest.replaces}
    for project in workspace.resolution.local:
        rule = replaced.get(project.name)
        why = _replaces(rule) if rule else lines.get(project.name, "")
        marker = workspace.resolution.conditions.get(project.name, "")
        yield PlannedProject(
            name=project.name,
            version=project.version,
            source=project.path,
            why="; ".join(part for part in (why, _only(marker)) if part),
            condition=marker,
        )


def _replaces(rule: Replacement) -> str:
    return f"replaced: {' '.join(rule.reason.split())}"


def _pinned(workspace: Workspace, lock: Lock | None) -> Iterator[PlannedProject]:
    """What the index supplies, and who requires it."""
    askers: dict[str, set[str]] = {}
    for want in workspace.resolution.wants:
        name = canonicalize_name(Requirement(want.requirement).name)
        askers.setdefault(name, set()).add(want.by or "the manifest")
    replaced = {one.project: one for one in workspace.loaded.manifest.replaces}
    for pin in lock.pins if lock else ():
        name = canonicalize_name(pin.name)
        by = ", ".join(sorted({*pin.via, *askers.get(name, ())}))
        parts = [f"required by {by}"] if by else []
        parts += [_replaces(replaced[name])] if name in replaced else []
        yield PlannedProject(
            name=name,
            version=pin.version,
            source=_index(workspace, name),
            why="; ".join(parts),
            condition=pin.marker,
        )
