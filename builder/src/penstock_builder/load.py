"""The first stage: a manifest's file, and the projects it points to, as one value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from penstock_builder.document import Document, Value
from penstock_builder.errors import ManifestError
from penstock_builder.index_rules import idle_indexes, index_problems
from penstock_builder.kinds import KINDS
from penstock_builder.manifest import Manifest
from penstock_builder.places import is_local_path
from penstock_builder.problems import KeyPath, Problem
from penstock_builder.project import Project, ProjectError, read_project
from penstock_builder.reading import Reading, Source, read_manifest
from penstock_builder.replacing import replacement_problems
from penstock_builder.roots import allowed_roots, inside
from penstock_builder.validate import validate

__all__ = ("Loaded", "load")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A correct manifest, where its keys stand, and the projects its `path:` keys name."""

    file: Path
    manifest: Manifest
    document: Document
    projects: Mapping[str, Project]
    source: Source
    how: Reading
    warnings: tuple[Problem, ...] = ()

    @property
    def output(self) -> Path:
        """Where the rendered package lives unless the command line says otherwise."""
        dist = self.manifest.dist
        return self.file.parent / (dist.output_path or f"distributions/{dist.name}")


def load(file: Path, how: Reading | None = None) -> Loaded:
    """Read `file` and every project it names; raises `ManifestError` with all mistakes of the file."""
    reading = how or Reading()
    source = read_manifest(file, reading)
    document = source.document
    empty = reading.allow_empty or bool(source.lines or source.problems)
    manifest, found = validate(document, allow_empty=empty)
    problems = [*found, *source.problems]
    if manifest:
        problems += replacement_problems(manifest, document, allow_moving=reading.allow_moving)
        problems += index_problems(manifest, document)
    for other in source.others:
        problems += set(validate(other, allow_empty=True)[1]).difference(found)
    projects, missing = _survey(document, file.parent, allowed_roots(file, reading.roots))
    if problems or missing or manifest is None:
        raise ManifestError([*problems, *missing])
    return Loaded(
        file=file,
        manifest=manifest,
        document=document,
        projects=projects,
        source=source,
        how=reading,
        warnings=(*source.warnings, *idle_indexes(manifest, document)),
    )


def _survey(
    document: Document, base: Path, roots: tuple[Path, ...]
) -> tuple[Mapping[str, Project], list[Problem]]:
    """Look at every path, also of entries that have other mistakes."""
    projects: dict[str, Project] = {}
    problems: list[Problem] = []
    first: dict[str, tuple[KeyPath, Project]] = {}
    for where, entry in _entries(document.value):
        path = entry.get("path")
        if not isinstance(path, str) or not is_local_path(path):
            continue
        try:
            project = projects.setdefault(path, read_project(inside(base, path, roots), path))
        except ProjectError as error:
            problems.append(document.problem((*where, "path"), str(error)))
            continue
        problems += _mistaken(document, (*where, "path"), project, _wanted(entry))
        problems += _elsewhere(document, (*where, "path"), project, first)
    return MappingProxyType(projects), problems


def _mistaken(document: Document, where: KeyPath, project: Project, wanted: str | None) -> Iterator[Problem]:
    if wanted is not None and wanted != project.name:
        yield document.problem(where, f"holds another project than {wanted}: {project.name}")


def _elsewhere(
    document: Document, where: KeyPath, project: Project, first: dict[str, tuple[KeyPath, Project]]
) -> Iterator[Problem]:
    """One project, one folder: with two nobody could tell which one is in the wheel."""
    earlier, other = first.setdefault(project.name, (where, project))
    if other.root != project.root:
        what = f"{project.name} comes from another folder on line {document.line(earlier)}: {other.path}"
        yield document.problem(where, what)


def _entries(value: Value) -> Iterator[tuple[KeyPath, Mapping[str, Value]]]:
    if not isinstance(value, Mapping):
        return
    for key in ("collector", "engine", "telemetry"):
        single = value.get(key)
        if isinstance(single, Mapping):
            yield (key,), single
    for section in (*KINDS, "replaces"):
        entries = value.get(section)
        for index, entry in enumerate(entries if isinstance(entries, tuple) else ()):
            if isinstance(entry, Mapping):
                yield (section, index), entry


def _wanted(entry: Mapping[str, Value]) -> str | None:
    text = entry.get("package", entry.get("dependency"))
    try:
        return canonicalize_name(Requirement(text).name) if isinstance(text, str) else None
    except InvalidRequirement:
        return None
