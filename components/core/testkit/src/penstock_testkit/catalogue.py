"""The list of components that the builder ships, so that it can tell what exists and what to write for it."""

import json
from collections.abc import Iterable
from pathlib import Path

from penstock_testkit.metadata import load_metadata
from penstock_testkit.projects import Project

__all__ = ("catalogue_text", "find_catalogue")


def find_catalogue(root: Path) -> Path | None:
    """Where the list is in the repository at `root`; None in one without a builder."""
    package = root / "builder" / "src" / "penstock_builder"
    return package / "catalogue.json" if package.is_dir() else None


def catalogue_text(projects: Iterable[Project]) -> str:
    """The list as a file: one line for each component of a distribution. Raises `ConfigError`."""
    lines = [json.dumps(entry, ensure_ascii=False) for one in projects for entry in _entries(one)]
    return "[\n  " + ",\n  ".join(lines) + "\n]\n" if lines else "[]\n"


def _entries(project: Project) -> Iterable[dict[str, object]]:
    metadata = load_metadata(project.folder / "metadata.yaml")
    for name in project.entry_points if metadata.distributions else ():
        yield {
            "kind": project.kind.value,
            "name": name,
            "aliases": list(getattr(project.factory(), "aliases", ())),
            "project": project.name,
            "description": metadata.description,
            "stability": {key: level.value for key, level in sorted(metadata.levels.items())},
        }
