"""The inputs of uv's resolver: what is asked for, and what takes the place of what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock_builder.project import Project
from penstock_builder.resolve import Resolution

__all__ = ("Wants", "ask", "local_rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """A file for uv, the options that it is read with, and the variables."""

    file: str
    text: str
    options: tuple[str, ...]
    environment: Mapping[str, str]


def ask(resolution: Resolution, requirements: Sequence[str]) -> Wants:
    """A list of requirements, or a project where some of them come from an index of their own."""
    indexes = resolution.indexes
    if indexes.assigned:
        text, environment = indexes.root_project(requirements, resolution.python)
        return Wants(file="pyproject.toml", text=text, options=(), environment=environment)
    text = "".join(f"{line}\n" for line in requirements)
    return Wants(file="wants.txt", text=text, options=("--no-sources",), environment=indexes.environment())


def local_rules(resolution: Resolution, folder: Path) -> Iterator[str]:
    """A component of an index may ask for a project that is on this machine: it gets that one.

    Where uv reads the sources of projects, each is stood in for by what it says without them.
    """
    separate = bool(resolution.indexes.assigned)
    for project in resolution.local:
        root = _stand_in(project, folder) if separate else project.root
        yield f"{project.name} @ {root.as_uri()}"
    for rule in resolution.overrides:
        if rule.local and separate:
            yield f"{rule.project} @ {_stand_in(rule.local, folder).as_uri()}"
        else:
            yield rule.line(folder)


def _stand_in(project: Project, folder: Path) -> Path:
    root = folder / "local" / project.name
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(project.text(), encoding="utf-8")
    return root
