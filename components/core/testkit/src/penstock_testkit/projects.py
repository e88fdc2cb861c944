"""The component projects of the repository: one fact names everything."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # Any: factories of every kind

from penstock_api import Config, Kind

__all__ = ("FAMILIES", "Project", "find_projects", "find_root")

FAMILIES: dict[tuple[Kind, str], tuple[str, ...]] = {(Kind.PROVIDER, "http"): ("http", "https")}
"""Projects with several entry points, because their components share code and dependencies."""


@dataclass(frozen=True, slots=True)
class Project:
    """A component's folder, `components/<kind>/<id>`, and the names that follow from it."""

    folder: Path
    kind: Kind
    id: str

    @property
    def name(self) -> str:
        """The project's name."""
        return f"penstock-{self.kind}-{self.id.replace('_', '-')}"

    @property
    def package(self) -> str:
        """The name to import."""
        return f"penstock_{self.kind}_{self.id}"

    @property
    def source(self) -> Path:
        """The package's folder."""
        return self.folder / "src" / self.package

    @property
    def entry_points(self) -> tuple[str, ...]:
        """The entry points in group `penstock.<kind>`."""
        return FAMILIES.get((self.kind, self.id), (self.id,))

    def factory(self) -> Any:  # Any: a factory of any kind
        """Import the package and give its factory."""
        return importlib.import_module(self.package).factory

    def config(self) -> type[Config] | None:
        """The config model; providers and converters have none."""
        if self.kind in (Kind.PROVIDER, Kind.CONVERTER):
            return None
        model: type[Config] = self.factory().config
        return model


def find_projects(root: Path) -> Iterator[Project]:
    """The component projects below `root`, by kind and id."""
    for kind in Kind:
        for pyproject in sorted((root / "components" / kind).glob("*/pyproject.toml")):
            yield Project(pyproject.parent, kind, pyproject.parent.name)


def find_root(start: Path) -> Path:
    """The repository that holds `start`. Raises `FileNotFoundError`."""
    for folder in (start, *start.parents):
        if (folder / "components" / "core").is_dir():
            return folder
    raise FileNotFoundError(f"no folder with `components/core` above: {start}")
