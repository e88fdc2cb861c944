"""The repository's own source, for tests of its architecture."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ("Module", "source_modules", "tracked_files")


@dataclass(frozen=True)
class Module:
    """One Python module of a project. `package` is the import name of the project."""

    path: Path
    package: str
    project: Path
    """The project's folder."""

    def __str__(self) -> str:
        return str(self.path.relative_to(self.project.parent))

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def lines(self) -> list[str]:
        """The source by lines; the first one has index 0."""
        return self.text.splitlines()

    @property
    def tree(self) -> ast.Module:
        """The parsed source. Not kept: all trees together slow every garbage collection down."""
        return ast.parse(self.text, str(self.path))


def source_modules(root: Path) -> Iterator[Module]:
    """The modules of all projects, without tests and without what is generated."""
    for project in (root / "builder", *sorted((root / "components").glob("*/*"))):
        for package in sorted((project / "src").glob("*")):
            for path in sorted(package.rglob("*.py")):
                yield Module(path, package.name, project)


def tracked_files(root: Path) -> list[Path]:
    """What git tracks or would track: everything that is not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)  # noqa: S603
    paths = sorted({root / name for name in listed.stdout.split("\0") if name})
    return [path for path in paths if path.is_file()]
