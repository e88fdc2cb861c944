"""Writes a new manifest: for the components that were chosen, from an index or from a folder of projects."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from penstock_builder import __version__
from penstock_builder.errors import ScaffoldError
from penstock_builder.kinds import KINDS
from penstock_builder.project import Project, ProjectError, read_project
from penstock_builder.scaffold.catalogue import Known

__all__ = ("Source", "manifest_text", "open_source")

_HEAD = """\
# The manifest of {name}: what goes into the collector. After a change: `penstock generate`, and commit
# what it writes. `penstock list` shows the lines to add.
dist:
  name: {name}
  description: "{name}: a telemetry collector"
  version: "0.1.0"
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Projects in a folder of this machine, used instead of an index; paths are told from `base`."""

    projects: Mapping[str, Project]
    base: Path

    def path(self, project: str) -> str:
        """Where the project is, as a manifest at `base` writes it. Raises `ScaffoldError`."""
        if project not in self.projects:
            raise ScaffoldError(f"the source has no such project: {project}")
        return Path(os.path.relpath(self.projects[project].root, self.base)).as_posix()

    def behind(self, roots: Iterable[str]) -> list[str]:
        """The other projects of the folder that `roots` need, directly or not, by name."""
        found: set[str] = set()
        waiting = list(roots)
        seen = set(waiting)
        while waiting:
            project = self.projects.get(waiting.pop())
            for wanted in project.dependencies if project else ():
                name = canonicalize_name(wanted.name)
                if name in self.projects and name not in seen:
                    seen.add(name)
                    found.add(name)
                    waiting.append(name)
        return sorted(found)


def open_source(folder: Path, base: Path) -> Source:
    """Look for projects below `folder`; `base` is where the manifest will be. Raises `ScaffoldError`."""
    projects: dict[str, Project] = {}
    for file in sorted(folder.resolve().glob("components/*/*/pyproject.toml")):
        try:
            project = read_project(file.parent, str(file.parent))
        except ProjectError as error:
            raise ScaffoldError(f"{file.parent}: {error}") from error
        projects[project.name] = project
    if not projects:
        raise ScaffoldError(f"no projects below components/<kind>/<name>: {folder}")
    return Source(projects, base.resolve())


def manifest_text(name: str, components: Iterable[Known], source: Source | None = None) -> str:
    """The text of a manifest: `components` by section, in the order in which they are given."""
    return "".join(_parts(name, tuple(components), source))


def _parts(name: str, components: tuple[Known, ...], source: Source | None) -> Iterator[str]:
    yield _HEAD.format(name=name)
    if source:
        collector = "penstock-collector"
        yield f"\ncollector:\n  package: {collector} == {__version__}\n  path: {source.path(collector)}\n"
    for section, kind in KINDS.items():
        chosen = {one.project: one for one in components if one.kind == kind}
        if chosen:
            yield f"\n{section}:\n"
        for one in chosen.values():
            yield f"  {one.line}\n"
            if source:
                yield f"    path: {source.path(one.project)}\n"
    if source:
        yield "\nreplaces:\n"
        for project in source.behind({"penstock-collector", *(one.project for one in components)}):
            yield f"  - dependency: {project}\n    path: {source.path(project)}\n"
            yield "    reason: taken from the same folder as the components\n"
