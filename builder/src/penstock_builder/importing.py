"""A manifest of the OpenTelemetry Collector Builder, written down as one of ours."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import Requirement

from penstock_builder import __version__
from penstock_builder.closure import close
from penstock_builder.errors import OutputError
from penstock_builder.gomodules import Line
from penstock_builder.literals import FILTERS
from penstock_builder.load import Loaded
from penstock_builder.manifest import Component, Manifest, sections
from penstock_builder.project import Project, ProjectError, read_project
from penstock_builder.tabular import table as aligned

__all__ = ("imported", "local_projects", "table", "write_new")

_SCHEMA = "builder-manifest.schema.json"
_COLLECTOR = "penstock-collector"
_WORDS = {"native": "native", "stub": "built in", "none": "none", "unmapped": "unknown"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the new manifest stands, and the projects that its paths may lead to."""

    folder: Path
    projects: Mapping[str, Project]

    def path(self, name: str) -> str:
        """The path of a project as the new manifest spells it; empty if it comes from an index."""
        project = self.projects.get(name)
        return Path(os.path.relpath(project.root, self.folder.resolve())).as_posix() if project else ""


def table(lines: Sequence[Line]) -> str:
    """One row per Go module: its section, what it is here, and the project or the reason; then the sum."""
    rows = [
        (one.section, one.module.path, _WORDS[one.module.status], one.module.package or one.module.note)
        for one in {(line.section, line.module.path): line for line in lines}.values()
    ]
    text = aligned(rows)
    counts = {word: sum(row[2] == word for row in rows) for word in _WORDS.values()}
    return f"{text}{len(rows)} components: " + ", ".join(f"{n} {word}" for word, n in counts.items()) + "\n"


def imported(loaded: Loaded, target: Path, projects: Mapping[str, Project]) -> str:
    """The text of the new manifest at `target`, with the components that exist here."""
    place = _Place(target.parent, projects)
    manifest = loaded.manifest
    lines = [
        f"# yaml-language-server: $schema={_SCHEMA}",
        f"# Imported from {FILTERS['comment'](loaded.file.name)} by penstock {__version__}.",
        *_dist(manifest),
        *_collector(place),
    ]
    for section, components in sections(manifest).items():
        missing = [one.module.path for one in loaded.source.missing if one.section == section]
        if components or missing:
            lines += ["", f"{section}:" if components else f"# {section}:"]
            lines += [line for one in components for line in _component(one, place)]
            lines += [
                f"  # left out, nothing here does its work: {FILTERS['comment'](one)}" for one in missing
            ]
    lines += _replaces(manifest, place)
    return "\n".join(lines) + "\n"


def _dist(manifest: Manifest) -> Iterator[str]:
    dist = manifest.dist
    yield "dist:"
    yield f"  name: {_text(dist.name)}"
    yield f"  version: {_text(dist.version)}"
    if dist.description:
        yield f"  description: {_text(dist.description)}"
    yield from (f"  {key}: true" for key in ("allow_native", "debug") if getattr(dist, key))


def _text(value: str) -> str:
    return FILTERS["yaml"](value)


def _collector(place: _Place) -> Iterator[str]:
    if path := place.path(_COLLECTOR):
        yield from ("", "collector:", f"  package: {_COLLECTOR} == {__version__}", f"  path: {_text(path)}")


def _component(one: Component, place: _Place) -> Iterator[str]:
    yield f"  - package: {_text(one.package)}"
    for key, value in (("path", place.path(one.project)), ("name", one.name), ("import", one.import_)):
        if value:
            yield f"    {key}: {_text(value)}"


def _replaces(manifest: Manifest, place: _Place) -> Iterator[str]:
    """What the local components need of the same repository."""
    listed = {_COLLECTOR, *(one.project for found in sections(manifest).values() for one in found)}
    roots = [Requirement(name) for name in sorted(listed) if name in place.projects]
    needed = [project.name for project in close(roots, place.projects).projects]
    rest = [name for name in needed if name not in listed]
    if rest:
        yield from ("", "replaces:")
    for name in rest:
        yield f"  - dependency: {name}"
        yield f"    path: {_text(place.path(name))}"
        yield "    reason: found next to the components"


def local_projects(folders: Sequence[Path]) -> Mapping[str, Project]:
    """The projects up to three levels below `folders`, by name; what cannot be read is none of them."""
    found: dict[str, Project] = {}
    for file in sorted(file for folder in folders for file in _projects_below(folder)):
        try:
            project = read_project(file.parent.resolve(), str(file.parent))
        except ProjectError:
            continue
        found.setdefault(project.name, project)
    return MappingProxyType(found)


def _projects_below(folder: Path) -> Iterator[Path]:
    for pattern in ("pyproject.toml", "*/pyproject.toml", "*/*/pyproject.toml", "*/*/*/pyproject.toml"):
        yield from folder.glob(pattern)


def write_new(target: Path, text: str) -> None:
    """Write a file that does not exist yet; raises `OutputError`."""
    try:
        with target.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise OutputError(f"{target}: exists", "remove it, or choose another file with --output") from None
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}") from error
