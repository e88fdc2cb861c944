"""Replacements as the resolver understands them: one rule per project, whoever requires it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder.conditions import either
from penstock_builder.lines import lines
from penstock_builder.manifest import Component, Manifest
from penstock_builder.project import Project
from penstock_builder.replacement import Source

__all__ = ("FETCHED", "Kind", "Override", "excluded_versions", "overrides")

Kind: TypeAlias = Literal["version", "path", "git", "url", "package", "drop"]

FETCHED = frozenset({"git", "url"})
"""Kinds whose project is fetched by address: it has no place in an index, so it travels in the wheel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What takes the place of `project`: a version, a folder, an address, another requirement or nothing.

    `rest` is what makes an address exact: the commit or branch and folder of a repository, or a digest.
    """

    project: str
    kind: Kind
    text: str = ""
    rest: tuple[str, ...] = ()
    local: Project | None = None
    marker: str = ""
    """The condition under which the project is required; elsewhere the rule must not bring it in."""

    def __str__(self) -> str:
        """The rule without anything of the machine: it is part of what a lock is made for."""
        condition = (f"; {self.marker}",) if self.marker else ()
        return " ".join([self.project, self.kind, self.text, *self.rest, *condition]).strip()

    def line(self, folder: Path, commit: str = "") -> str:
        """The rule in uv's words; `folder` is where a stand-in for a dropped project lies."""
        found = self._unconditional(folder, commit)
        return f"{found} ; {self.marker}" if self.marker else found

    def _unconditional(self, folder: Path, commit: str) -> str:
        if self.kind == "version":
            return f"{self.project}=={self.text}"
        if self.local:
            return f"{self.project} @ {self.local.root.as_uri()}"
        if self.kind == "git":
            revision, *inner = self.rest
            fragment = f"#subdirectory={inner[0]}" if inner else ""
            return f"{self.project} @ git+{self.text}@{commit or revision}{fragment}"
        if self.kind == "url":
            return f"{self.project} @ {self.text}#sha256={self.rest[0]}"
        return f"{self.project} @ {(folder / self.project).as_uri()}"

    @property
    def stands_in(self) -> bool:
        """Whether something empty must take the place of the project."""
        return self.kind in {"drop", "package"}


def overrides(manifest: Manifest, known: dict[str, Project], closure: frozenset[str]) -> tuple[Override, ...]:
    """The rules of `manifest`, but for the projects of `closure`, which are on this machine anyway."""
    found = [*_replaced(manifest, known), *_components(manifest), *_dropped(manifest)]
    return tuple(sorted((one for one in found if one.project not in closure), key=str))


def _replaced(manifest: Manifest, known: dict[str, Project]) -> Iterator[Override]:
    for one in manifest.replaces:
        if one.path:
            yield Override(project=one.project, kind="path", text=one.path, local=known.get(one.project))
        elif one.version:
            yield Override(project=one.project, kind="version", text=one.version)
        elif one.package:
            yield Override(project=one.project, kind="package", text=str(Requirement(one.package)))
        elif one.drop:
            yield Override(project=one.project, kind="drop")
        else:
            yield from _fetched(one.project, one)


def _components(manifest: Manifest) -> Iterator[Override]:
    """Under the conditions of their lines: elsewhere the rule must not bring in what nobody wants."""
    listed: dict[str, Component] = {}
    markers: dict[str, set[str]] = {}
    for _, component in lines(manifest):
        listed[component.project] = component
        markers.setdefault(component.project, set()).add(component.markers or "")
    for project, one in listed.items():
        yield from (replace(rule, marker=either(markers[project])) for rule in _fetched(project, one))


def _fetched(project: str, source: Source) -> Iterator[Override]:
    if source.git and source.rev:
        inner = (source.subdirectory,) if source.subdirectory else ()
        yield Override(project=project, kind="git", text=source.git, rest=(source.rev, *inner))
    elif source.url and source.sha256:
        yield Override(project=project, kind="url", text=source.url, rest=(source.sha256,))


def _dropped(manifest: Manifest) -> Iterator[Override]:
    for one in map(Requirement, manifest.excludes):
        if not one.specifier:
            yield Override(project=canonicalize_name(one.name), kind="drop")


def excluded_versions(manifest: Manifest) -> tuple[str, ...]:
    """`name==version` under `excludes`, as bounds."""
    found = (Requirement(text) for text in manifest.excludes)
    return tuple(
        sorted(f"{canonicalize_name(one.name)}!={bound.version}" for one in found for bound in one.specifier)
    )
