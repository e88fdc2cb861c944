"""Writes what follows from components: `config.schema.json`, README tables, the catalogue of the builder.

`python -m penstock_testkit.generate [--check] [components/<kind>/<id> ...]`.
"""

import argparse
import difflib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from penstock_api import Config, ConfigError
from penstock_api.config.schema import schema_text
from penstock_testkit.catalogue import catalogue_text, find_catalogue
from penstock_testkit.metadata import load_metadata
from penstock_testkit.options import options_of
from penstock_testkit.projects import Project, find_projects, find_root
from penstock_testkit.readme import block_of, replace_block

__all__ = ("COMMAND", "check", "generate", "main", "write")

COMMAND = "python -m penstock_testkit.generate"


def generate(projects: Sequence[Project]) -> dict[Path, str]:
    """What the generated files of `projects` should be. Raises `ConfigError` naming each file at fault."""
    files: dict[Path, str] = {}
    problems: list[ConfigError] = []
    for project in projects:
        try:
            files.update(_files_of(project))
        except ConfigError as error:
            problems.append(error)
    if problems:
        raise ConfigError(*(problem for error in problems for problem in error.problems))
    return files


def write(files: Mapping[Path, str]) -> list[Path]:
    """Write the files that differ; gives their paths."""
    stale = [path for path, text in files.items() if _read(path) != text]
    for path in stale:
        path.write_text(files[path], encoding="utf-8")
    return stale


def check(files: Mapping[Path, str], root: Path) -> str:
    """A unified diff from what is on disk to `files`; empty when they are the same."""
    return "".join(_diff(path.relative_to(root), _read(path), text) for path, text in files.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, help="only these projects (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is stale")
    parser.add_argument(
        "--root", type=Path, default=None, help="the repository (default: the one around here)"
    )
    given = parser.parse_args(arguments)
    root = (given.root or find_root(Path.cwd())).resolve()
    wanted = {folder.resolve() for folder in given.folders}
    try:
        projects = list(find_projects(root))
        files = generate([one for one in projects if not wanted or one.folder in wanted])
        catalogue = find_catalogue(root)
        if catalogue is not None and not wanted:
            files[catalogue] = catalogue_text(projects)
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command
        return 2
    if given.check:
        return _report(check(files, root))
    for path in write(files):
        print(path.relative_to(root))  # noqa: T201 - a command
    return 0


def _report(difference: str) -> int:
    if not difference:
        return 0
    print(difference, end="")  # noqa: T201 - a command
    print(f"generated files are stale\n\nhint: run `{COMMAND}`", file=sys.stderr)  # noqa: T201 - a command
    return 1


def _files_of(project: Project) -> dict[Path, str]:
    metadata = load_metadata(project.folder / "metadata.yaml")
    model = _model_of(project)
    readme = project.folder / "README.md"
    block = block_of(metadata, None if model is None else options_of(model))
    try:
        files = {readme: replace_block(_read(readme), block)}
    except ValueError as error:
        raise ConfigError.single(f"{readme}: {error}") from None
    if model is not None:
        files[project.source / "config.schema.json"] = schema_text(model)
    return files


def _model_of(project: Project) -> type[Config] | None:
    try:
        return project.config()
    except (ImportError, AttributeError) as error:
        raise ConfigError.single(f"{project.folder}: {error}", hint="run `make setup`") from error


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _diff(name: Path, old: str, new: str) -> str:
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
