"""What must agree between `indexes` and the lines that name them."""

import difflib
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from penstock_builder.document import Document
from penstock_builder.lines import lines
from penstock_builder.manifest import Component, Manifest
from penstock_builder.problems import KeyPath, Problem

__all__ = ("idle_indexes", "index_problems")

_ADDRESSES = ("env", "keyring", "url")
_SOURCES = ("path", "git", "url")


def index_problems(manifest: Manifest, document: Document) -> Iterator[Problem]:
    """Everything that is wrong with `indexes`, and with the lines that say `index`."""
    first: dict[str, KeyPath] = {}
    for number, one in enumerate(manifest.indexes):
        where: KeyPath = ("indexes", number)
        given = [key for key in _ADDRESSES if getattr(one, key) is not None]
        if len(given) != 1:
            says = f"says {' and '.join(given)}" if given else "does not say where it is"
            yield document.problem(where, says, f"give one of {', '.join(_ADDRESSES)}")
        if one.name in first:
            what = f"is the name of another index on line {document.line(first[one.name])}: {one.name}"
            yield document.problem((*where, "name"), what)
        first.setdefault(one.name, where)
    yield from _unknown(manifest, document)
    yield from _replaced(manifest, document)
    yield from _apart(manifest, document)


def idle_indexes(manifest: Manifest, document: Document) -> Iterator[Problem]:
    """Indexes that nothing comes from."""
    used = {component.index for _, component in _lines(manifest)}
    for number, one in enumerate(manifest.indexes):
        if one.explicit and not one.packages and one.name not in used:
            hint = "name it as `index` of a component, list `packages`, or set `explicit: false`"
            yield document.problem(("indexes", number), f"nothing comes from this index: {one.name}", hint)


def _unknown(manifest: Manifest, document: Document) -> Iterator[Problem]:
    names = [one.name for one in manifest.indexes]
    for where, component in _lines(manifest):
        if component.index is None:
            continue
        for key in _SOURCES:
            if getattr(component, key) is not None:
                yield document.problem((*where, "index"), f"has no meaning next to `{key}`", "remove one")
        if component.index not in names:
            yield _no_entry(document, (*where, "index"), component.index, names)
    for number, name in enumerate(manifest.policy.indexes):
        if name not in names:
            yield _no_entry(document, ("policy", "indexes", number), name, names)


def _replaced(manifest: Manifest, document: Document) -> Iterator[Problem]:
    """Another version is taken from the indexes that are asked for everything."""
    names = {component.project: component.index for _, component in _lines(manifest) if component.index}
    names |= {canonicalize_name(text): one.name for one in manifest.indexes for text in one.packages}
    explicit = {one.name for one in manifest.indexes if one.explicit}
    for number, one in enumerate(manifest.replaces):
        if one.version and names.get(one.project) in explicit:
            what = f"cannot be a version of a project that comes from one index: {names[one.project]}"
            hint = f"set `explicit: false` for {names[one.project]}, or ask for the version in another way"
            yield document.problem(("replaces", number, "version"), what, hint)


def _no_entry(document: Document, where: KeyPath, name: str, names: list[str]) -> Problem:
    close = difflib.get_close_matches(name, names, n=1)
    has = f"there are {', '.join(names)}" if names else "add it to `indexes`"
    hint = f"did you mean `{close[0]}`?" if close else has
    return document.problem(where, f"is no entry of `indexes`: {name}", hint)


def _apart(manifest: Manifest, document: Document) -> Iterator[Problem]:
    """One project comes from one place."""
    first: dict[str, tuple[str, KeyPath]] = {}
    for where, component in _lines(manifest):
        name = component.index or ""
        other, place = first.setdefault(component.project, (name, where))
        if other != name:
            what = f"{component.project} comes from {_told(other)} on line {document.line(place)}"
            yield document.problem(where, f"{what}, and here from: {_told(name)}")
    for number, one in enumerate(manifest.indexes):
        for position, text in enumerate(one.packages):
            key: KeyPath = ("indexes", number, "packages", position)
            other, place = first.setdefault(canonicalize_name(text), (one.name, key))
            if other != one.name and other:
                what = f"comes from {_told(other)} on line {document.line(place)}: {text}"
                yield document.problem(key, what)


def _told(index: str) -> str:
    return f"the index {index}" if index else "no index of its own"


def _lines(manifest: Manifest) -> Iterator[tuple[KeyPath, Component]]:
    """Those that name a project, and not only a Go module."""
    return ((where, component) for where, component in lines(manifest) if component.package)
