"""Which components collector configurations use: what must be in a manifest for them to run."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from penstock_builder.document import Document, Value, read
from penstock_builder.errors import ManifestError
from penstock_builder.kinds import CONFIGURED, KINDS
from penstock_builder.problems import KeyPath, Problem
from penstock_builder.scaffold.catalogue import Known, find, known, nearest

__all__ = ("DEFAULTS", "components_of")

DEFAULTS = ("env", "file", "yaml")
"""Providers without which a collector reads no file, no variable and no `--set`."""

_SCHEME = re.compile(r"(?<!\$)\$\{([a-zA-Z][a-zA-Z0-9+.-]+):")
_NODE = re.compile(r"(?:urn:[^:]+:)?(receiver|processor|exporter):([a-z][a-z0-9_]*)\Z")


def components_of(files: list[Path]) -> tuple[Known, ...]:
    """Every component of the files, in the catalogue's order, with the default providers.

    Raises `ManifestError` naming each type that is unknown, where it stands.
    """
    found: dict[tuple[str, str], Known] = {}
    problems: list[Problem] = []
    for scheme in DEFAULTS:
        _note(found, "provider", scheme)
    for file in files:
        document = read(file)
        problems += document.problems
        for path, kind, name in _used(document.value):
            if not _note(found, kind, name):
                what = f"no {kind} is known by this name: {name}"
                problems.append(document.problem(path, what, nearest(kind, name), key=True))
        if not isinstance(document.value, Mapping):
            problems.append(_not_a_config(document))
    if problems:
        raise ManifestError(problems)
    return tuple(one for one in known() if (one.kind, one.name) in found)


def _note(found: dict[tuple[str, str], Known], kind: str, name: str) -> bool:
    one = find(kind, name)
    if one is None:
        return False
    found[one.kind, one.name] = one
    return True


def _not_a_config(document: Document) -> Problem:
    return document.problem((), "is not a collector's configuration: expected a mapping of sections")


def _used(value: Value) -> Iterator[tuple[KeyPath, str, str]]:
    """Where a component is used, its kind and its name; the instance's name is cut off."""
    if not isinstance(value, Mapping):
        return
    for section in CONFIGURED:
        entries = value.get(section)
        for key in entries if isinstance(entries, Mapping) else ():
            yield (section, key), KINDS[section], key.partition("/")[0].strip()
    for path, text in _texts(value, ()):
        for scheme in _SCHEME.findall(text):
            yield path, "provider", scheme
        node = _NODE.match(text) if path[:1] == ("extensions",) and path[-1] == "type" else None
        if node:
            yield path, node[1], node[2]


def _texts(value: Value, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, (*path, key))
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _texts(one, (*path, index))
