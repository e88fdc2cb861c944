"""Replacements that several files share: one list, written between markers into each of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import ValidationError

from penstock_builder import places
from penstock_builder.document import Document, read
from penstock_builder.errors import ManifestError
from penstock_builder.model import Model, Text, rule
from penstock_builder.problems import Problem

__all__ = ("FILE", "Module", "Shared", "SharedReplacement", "read_shared")

FILE = "dependency-replacements.yaml"
_LINK = re.compile(r"https?://\S+")


class Module(Model):
    """A file that the replacements are written into."""

    name: Text
    path: Annotated[str, rule(places.inner_path)]
    file_type: Literal["manifest", "pyproject", "ocb", "mod"]


class SharedReplacement(Model):
    """One replacement; `comment` says why, with a link to what will make it unnecessary."""

    comment: Text
    dependency: Text
    replacement: Text

    @property
    def reason(self) -> str:
        """The comment on one line."""
        return " ".join(self.comment.split())

    @property
    def link(self) -> str:
        """The first address that the comment mentions."""
        found = _LINK.search(self.comment)
        return found.group().rstrip(".,;)") if found else ""


class _File(Model):
    modules: tuple[Module, ...]
    replaces: tuple[SharedReplacement, ...] = ()
    require_link: bool = False
    """Every comment needs a link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The checked content of the file."""

    modules: tuple[Module, ...]
    replaces: tuple[SharedReplacement, ...]
    root: Path

    @property
    def files(self) -> Mapping[Path, Module]:
        """Where each module is that can be written."""
        return MappingProxyType(
            {self.root / PurePosixPath(one.path): one for one in self.modules if one.file_type != "mod"}
        )

    @property
    def skipped(self) -> tuple[Module, ...]:
        """The modules of another language."""
        return tuple(one for one in self.modules if one.file_type == "mod")


def read_shared(file: Path) -> Shared:
    """Raises `ManifestError` with every mistake of the file."""
    document = read(file)
    try:
        found = _File.model_validate(document.value)
    except ValidationError as error:
        raise ManifestError([*document.problems, *_explained(error, document)]) from error
    problems = [*document.problems, *_mistakes(found, document)]
    if problems:
        raise ManifestError(problems)
    return Shared(modules=found.modules, replaces=found.replaces, root=file.parent)


def _explained(error: ValidationError, document: Document) -> Iterator[Problem]:
    for one in error.errors():
        context = one.get("ctx", {})
        what = {"missing": "is required", "extra_forbidden": "unknown key"}.get(one["type"])
        what = what or str(context.get("what") or one["msg"].lower())
        yield document.problem(one["loc"], what, key=one["type"] == "extra_forbidden")


def _mistakes(found: _File, document: Document) -> Iterator[Problem]:
    first: dict[str, int] = {}
    onward = {one.dependency: one.replacement.split()[0] for one in found.replaces}
    for index, one in enumerate(found.replaces):
        where = ("replaces", index)
        earlier = first.setdefault(one.dependency, index)
        if earlier != index:
            line = document.line(("replaces", earlier))
            yield document.problem(
                where, f"already listed on line {line}: {one.dependency}", "remove one of the two"
            )
        target = onward[one.dependency]
        if target in onward and (target != one.dependency or len(one.replacement.split()) == 1):
            yield document.problem(
                where, f"is replaced by what is replaced itself: {one.dependency} => {target}"
            )
        if found.require_link and not one.link:
            yield document.problem(
                (*where, "comment"), "has no link", "name the issue that makes it unnecessary"
            )
