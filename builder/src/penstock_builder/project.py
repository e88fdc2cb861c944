"""What a project on this machine declares about itself in its `pyproject.toml`."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

__all__ = ("Project", "ProjectError", "read_project")

_Table = Mapping[str, object]


class ProjectError(ValueError):
    """The project cannot be read; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The static `[project]` table, checked. `path` is spelt as the manifest spells it."""

    name: str
    version: str
    path: str
    root: Path
    requires_python: str
    dependencies: tuple[Requirement, ...]
    extras: Mapping[str, tuple[Requirement, ...]]
    entry_points: Mapping[str, Mapping[str, str]]
    schemas: Mapping[str, str]
    """Import package -> the JSON Schema of its configuration, as text that is known to be a JSON object."""
    address: str = ""
    """Where it is fetched from, as a requirement; empty if it is on this machine, in `root`."""

    def text(self) -> str:
        """A `pyproject.toml` that declares what a resolver asks, and nothing else."""
        head = {"name": self.name, "version": self.version}
        head |= {"requires-python": self.requires_python} if self.requires_python else {}
        lines = ["[project]", *(f"{key} = {json.dumps(text)}" for key, text in head.items())]
        lines += [f"dependencies = {json.dumps(list(map(str, self.dependencies)))}"]
        lines += ["[project.optional-dependencies]"]
        lines += [f"{name} = {json.dumps(list(map(str, wanted)))}" for name, wanted in self.extras.items()]
        return "".join(f"{line}\n" for line in lines)

    @property
    def source(self) -> str:
        """What to tell an installer."""
        return self.address or str(self.root)


def read_project(root: Path, path: str) -> Project:
    """Read `root`/pyproject.toml; raises `ProjectError` with one sentence that names the key at fault."""
    table = _project_table(root)
    name, version = _text(table, "name"), _text(table, "version")
    requires_python = _text(table, "requires-python", default="")
    try:
        return Project(
            name=canonicalize_name(name, validate=True),
            version=str(Version(version)),
            path=path,
            root=root,
            requires_python=str(SpecifierSet(requires_python)),
            dependencies=_requirements(table.get("dependencies", []), "project.dependencies"),
            extras=_extras(table.get("optional-dependencies", {})),
            entry_points=_entry_points(table.get("entry-points", {})),
            schemas=MappingProxyType(dict(_schemas(root))),
        )
    except (InvalidName, InvalidVersion, InvalidSpecifier) as error:
        raise ProjectError(f"{root / 'pyproject.toml'}: {error}") from error


def _project_table(root: Path) -> _Table:
    try:
        there = root.is_dir()
    except OSError as error:
        raise ProjectError(f"{root}: {error.strerror}") from error
    if not there:
        raise ProjectError(f"no such folder: {root}")
    file = root / "pyproject.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("project")
    except FileNotFoundError:
        raise ProjectError(f"no pyproject.toml in the folder: {root}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"{file}: {error}") from error
    if not isinstance(table, dict):
        raise ProjectError(f"{file}: has no [project] table")
    dynamic = table.get("dynamic", [])
    for key in ("version", "dependencies", "optional-dependencies", "entry-points"):
        if isinstance(dynamic, list) and key in dynamic:
            raise ProjectError(f"{file}: must be written down, not dynamic: {key}")
    return table


def _text(table: _Table, key: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise ProjectError(f"`project.{key}` must be text")
    return value


def _requirements(value: object, key: str) -> tuple[Requirement, ...]:
    if not isinstance(value, list):
        raise ProjectError(f"`{key}` must be a list")
    try:
        return tuple(Requirement(str(one)) for one in value)
    except InvalidRequirement as error:
        raise ProjectError(f"`{key}`: {str(error).splitlines()[0]}") from error


def _extras(value: object) -> Mapping[str, tuple[Requirement, ...]]:
    if not isinstance(value, dict):
        raise ProjectError("`project.optional-dependencies` must be a table")
    key = "project.optional-dependencies"
    return MappingProxyType(
        {
            canonicalize_name(str(name)): _requirements(wanted, f"{key}.{name}")
            for name, wanted in value.items()
        }
    )


def _entry_points(value: object) -> Mapping[str, Mapping[str, str]]:
    if not isinstance(value, dict) or not all(isinstance(group, dict) for group in value.values()):
        raise ProjectError("`project.entry-points` must be a table of tables")
    return MappingProxyType(
        {
            str(group): MappingProxyType({str(name): str(target) for name, target in points.items()})
            for group, points in value.items()
        }
    )


def _schemas(root: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(root.glob("src/*/config.schema.json")):
        try:
            text = file.read_text(encoding="utf-8")
            schema = json.loads(text)
        except (OSError, ValueError) as error:
            raise ProjectError(f"{file}: {error}") from error
        if not isinstance(schema, dict):
            raise ProjectError(f"{file}: is not a JSON object")
        yield file.parent.name, text
