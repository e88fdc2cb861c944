"""Manifests that build on one another: `extends`, and the profiles of one manifest."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from penstock_builder.errors import ManifestError
from penstock_builder.kinds import KINDS
from penstock_builder.places import local_path
from penstock_builder.problems import Problem
from penstock_builder.tree import Branch, leaf
from penstock_builder.words import WordError

__all__ = ("Extender", "merged", "profiled")

_DEEPEST = 10
_LISTS = (*KINDS, "replaces", "indexes")
"""Lists whose entries have an identity; any other list is taken over whole."""


@dataclass(slots=True)
class Extender:
    """Follows `extends` from one file to the next; `read` gives the content of a file."""

    main: Path
    read: Callable[[Path], Branch]
    chain: list[Path] = field(default_factory=list)

    def whole(self, file: Path) -> Branch:
        """The content of `file` over that of the manifests it extends, paths relative to the main one."""
        self.chain.append(file.resolve())
        root = _rebased(self.read(file), file.parent, self.main.parent)
        result: Branch | None = None
        for place in root.items["extends"].entries if "extends" in root.items else ():
            if isinstance(place.content, str):
                base = file.parent / _path(place, place.content)
                self._refuse_circle(place, base)
                found = self.whole(base)
                result = merged(result, found) if result else found
        self.chain.pop()
        return merged(result, root) if result else root

    def _refuse_circle(self, place: Branch, base: Path) -> None:
        if base.resolve() in self.chain:
            names = " -> ".join(one.name for one in (*self.chain, base))
            raise ManifestError([_problem(place, "extends", f"comes back to itself: {names}")])
        if len(self.chain) > _DEEPEST:
            raise ManifestError([_problem(place, "extends", f"goes deeper than {_DEEPEST} manifests")])


def _path(place: Branch, text: str) -> str:
    """The rules of paths are checked when the whole manifest is; this one is followed before."""
    try:
        return local_path(text)
    except WordError as error:
        raise ManifestError([_problem(place, "extends", error.what)]) from error


def profiled(root: Branch, names: tuple[str, ...]) -> Branch:
    """`root` with the changes of the profiles `names`, in this order."""
    known = root.items["profiles"].items if "profiles" in root.items else {}
    for name in names:
        if name not in known:
            has = ", ".join(sorted(known)) or "none"
            place = root.items.get("profiles", root)
            raise ManifestError([_problem(place, "profiles", f"has no such profile (it has: {has}): {name}")])
        root = merged(root, known[name])
    return root


def merged(base: Branch, over: Branch, name: str = "") -> Branch:
    """`over` wins key by key; entries of component lists are joined by what they are about.

    An entry with `remove: true` takes the one of `base` away, and a key without a value its value.
    """
    if isinstance(base.content, Mapping) and isinstance(over.content, Mapping):
        result = dict(base.content)
        for key, inner in over.content.items():
            if inner.content is None:
                result.pop(key, None)
            else:
                result[key] = merged(result[key], inner, key) if key in result else _added(inner, key)
        return over.holding(result)
    if name in _LISTS and isinstance(base.content, tuple) and isinstance(over.content, tuple):
        return over.holding(tuple(_joined(base.content, over.content)))
    return over


def _added(one: Branch, key: str) -> Branch:
    """A part that `base` does not have has nothing to remove."""
    return merged(one.holding(()), one, key) if key in _LISTS and isinstance(one.content, tuple) else one


def _joined(base: tuple[Branch, ...], over: tuple[Branch, ...]) -> Iterator[Branch]:
    changes = {_identity(one): one for one in over}
    known = {_identity(one) for one in base}
    for one in base:
        change = changes.get(_identity(one))
        if change is None:
            yield one
        elif not _removes(change):
            yield merged(one, change)
    seen = set(known)
    for one in over:
        if _removes(one) and _identity(one) not in known:
            what = f"removes what is not there: {_identity(one)[0]}"
            raise ManifestError([_problem(one, "", what)])
        if _identity(one) not in known:
            yield one
        elif _identity(one) in seen:
            seen.discard(_identity(one))
        else:
            yield one  # twice in one list: a mistake that is told later


def _removes(one: Branch) -> bool:
    return "remove" in one.items and one.items["remove"].content is True


def _identity(one: Branch) -> tuple[object, ...]:
    """What an entry is about: the project and the name, or the place of an entry that says neither."""
    about = one.text("package") or one.text("dependency") or one.text("gomod")
    name = one.text("name")
    if about is None:
        return (name,) if name else (one.file, one.value)
    try:
        return (canonicalize_name(Requirement(about).name), name)
    except InvalidRequirement:
        return (about.split()[0] if about.split() else "", name)


def _rebased(root: Branch, here: Path, main: Path) -> Branch:
    """Spell the paths of a file in another folder as the main manifest would."""
    if here.resolve() == main.resolve():
        return root

    def path(one: Branch) -> Branch:
        if not isinstance(one.content, str) or Path(one.content).is_absolute():
            return one
        relative = os.path.relpath(here.resolve() / one.content, main.resolve())
        return leaf(Path(relative).as_posix(), one)

    def part(one: Branch) -> Branch:
        if isinstance(one.content, tuple):
            return one.holding(tuple(part(inner) for inner in one.content))
        changed = {
            key: path(inner) if key in {"path", "output_path"} else part(inner)
            for key, inner in one.items.items()
        }
        return one.holding(changed) if isinstance(one.content, Mapping) else one

    return part(root)


def _problem(one: Branch, path: str, what: str) -> Problem:
    line, column = one.value
    return Problem(file=one.file, line=line, column=column, path=path, what=what)
