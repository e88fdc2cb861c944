"""Turns the `gomod:` lines of a manifest into the projects that do their work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from penstock_builder.document import Document
from penstock_builder.gomod import GoMap, Mapped
from penstock_builder.kinds import KINDS
from penstock_builder.problems import Problem, shown
from penstock_builder.tree import Branch, branch, document, leaf
from penstock_builder.words import WordError

__all__ = ("GoModules", "Line", "Unmapped", "mapped")

Unmapped: TypeAlias = Literal["error", "warn", "skip"]
"""What becomes of a Go module that nothing here replaces; left out in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One `gomod:` line, and what became of it."""

    section: str
    module: Mapped


@dataclass(slots=True)
class GoModules:
    """The manifest without Go modules, and what was found on the way."""

    document: Document
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def missing(self) -> tuple[Line, ...]:
        """The lines for which nothing can be installed, each module once."""
        found = {
            one.module.path: one for one in reversed(self.lines) if one.module.status in {"none", "unmapped"}
        }
        return tuple(reversed(found.values()))


def mapped(found: Document, table: GoMap, unmapped: Unmapped) -> GoModules:
    """Replace every `gomod:` line of `found` by a `package:` line, or leave it out."""
    result = GoModules(found)
    root = branch(found)
    if not isinstance(root.content, Mapping):
        return result
    mapper = _Mapper(table, unmapped, result)
    top = dict(root.items)
    for section in KINDS:
        if section in top and isinstance(top[section].content, tuple):
            entries = enumerate(top[section].entries)
            kept = (mapper.entry(one, section, shown((section, index))) for index, one in entries)
            top[section] = top[section].holding(tuple(one for one in kept if one))
    for key in ("collector", "telemetry"):
        if key in top and "gomod" in top[key].items:
            kept_one = mapper.entry(top[key], key, key)
            top.pop(key)
            top.update({key: kept_one} if kept_one else {})
    result.document = document(root.holding(top), found)
    return result


@dataclass(slots=True)
class _Mapper:
    table: GoMap
    unmapped: Unmapped
    result: GoModules

    def entry(self, one: Branch, section: str, path: str) -> Branch | None:
        """The entry with `package`, itself if it has no `gomod`, or nothing if it is left out."""
        gomod = one.text("gomod")
        if gomod is None:
            return one
        place = one.items["gomod"]
        ours = one.text("package")
        deeper = "" if ours is not None else (one.text("import") or "")
        try:
            module = self.table.map(gomod, deeper, section)
        except WordError as error:
            self.result.problems.append(_problem(place, f"{path}.gomod", error.what, error.hint))
            return None
        if ours is not None:
            return self._agreed(one, ours, module, path)
        self.result.lines.append(Line(section=section, module=module))
        if module.status == "native":
            return _installed(one, module)
        if module.status != "stub":
            self._missing(place, module, path)
        return None

    def _agreed(self, one: Branch, ours: str, module: Mapped, path: str) -> Branch:
        if module.package and _name(ours) not in {"", _name(module.package)}:
            what = f"is {_name(module.package)}, and `package` says: {_name(ours)}"
            self.result.problems.append(
                _problem(one.items["gomod"], f"{path}.gomod", what, "remove one of the two")
            )
        return one

    def _missing(self, place: Branch, module: Mapped, path: str) -> None:
        earlier = [line for line in self.result.lines[:-1] if line.module.path == module.path]
        if earlier or self.unmapped == "skip":
            return
        what = "nothing here does its work" if module.status == "none" else "is not in the map of Go modules"
        hint = module.note or "add a row for it with --gomod-map FILE, or leave it out with --unmapped=skip"
        found = _problem(place, f"{path}.gomod", f"{what}: {module.path}", hint)
        (self.result.problems if self.unmapped == "error" else self.result.warnings).append(found)


def _installed(one: Branch, module: Mapped) -> Branch:
    """What was written in Go's words goes; what the map says takes its place."""
    content = {name: inner for name, inner in one.items.items() if name not in {"import", "name", "path"}}
    place = one.items["gomod"]
    content["package"] = leaf(module.package, place)
    content.update({"name": leaf(module.name, place)} if module.name else {})
    content.update({"import": leaf(module.target, place)} if module.target else {})
    return one.holding(content)


def _name(package: str) -> str:
    try:
        return canonicalize_name(Requirement(package).name)
    except InvalidRequirement:
        return ""


def _problem(place: Branch, path: str, what: str, hint: str) -> Problem:
    line, column = place.value
    return Problem(file=place.file, line=line, column=column, path=path, what=what, hint=hint)
