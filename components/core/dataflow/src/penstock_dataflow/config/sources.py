"""Where a configuration comes from: a file, a directory, a variable, a text."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias  # Any: values that are not checked yet

from penstock_api import ConfigError, Problem, yaml
from penstock_api.yaml import Document, Position
from penstock_api.yaml import Path as KeyPath
from penstock_dataflow.config.reader import where

__all__ = ("Source", "Text", "read_document", "source")

_SCHEME: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):(?P<rest>.*)", re.DOTALL)
_KEY: Final = re.compile(r"(?P<key>[^\s:{}\[\],\"'#&*!|>%@`-][^\s:{}\[\],\"']*)::")
_SUFFIXES: Final = (".json", ".yaml", ".yml")
_JOINED: Final = ("extensions", "groups", "topics")
"""Sections of which each entry may stand in any file of a directory, but in one only."""


@dataclass(frozen=True, slots=True)
class Text:
    """A configuration as text; `name` is what messages call it. `keys` are those it stands under."""

    body: str
    name: str
    keys: tuple[str, ...] = ()


Source: TypeAlias = Path | str | Text | Mapping[str, Any]
"""A file or a directory, a YAML text, or what a YAML text holds (variables filled in already)."""


def source(location: str, *, environ: Mapping[str, str] | None = None) -> Path | Text:
    """What a command line means by `location`: a path, `file:PATH`, `env:NAME`, or `yaml:TEXT`.

    In `yaml:a::b: 1` the text `b: 1` stands under the key `a`. Raises `ConfigError`.
    """
    found = _SCHEME.fullmatch(location)
    if found is None or Path(location).exists():
        return Path(location)
    scheme, rest = found["scheme"].lower(), found["rest"]
    if scheme == "file":
        return Path(rest)
    if scheme == "yaml":
        return _nested(rest)
    if scheme == "env":
        text = (os.environ if environ is None else environ).get(rest)
        if text is None:
            raise ConfigError.single(f"environment variable is not set: {rest}")
        return Text(text, location)
    hint = "write a path, `file:PATH`, `env:NAME` or `yaml:TEXT`"
    raise ConfigError.single(f"a configuration cannot be read from here: {location}", hint=hint)


def _nested(text: str) -> Text:
    keys: list[str] = []
    while (found := _KEY.match(text)) is not None:
        keys.append(found["key"])
        text = text[found.end() :]
    return Text(text, "yaml", tuple(keys))


def read_document(source: Source) -> Document:
    """What stands in `source`. Raises `ConfigError` when it cannot be read, or is not YAML."""
    if isinstance(source, Mapping):
        return Document(source)
    if isinstance(source, str):
        return yaml.load(source, "inline")
    if isinstance(source, Text):
        return _under(source.keys, yaml.load(source.body, source.name))
    if source.is_dir():
        return _joined(source)
    return _file(source)


def _under(keys: tuple[str, ...], document: Document) -> Document:
    value = document.value
    for key in reversed(keys):
        value = {key: value}
    positions: dict[KeyPath, Position] = {keys[:end]: document.positions[()] for end in range(len(keys))}
    positions.update(((*keys, *path), at) for path, at in document.positions.items())
    return Document(value, positions)


def _file(path: Path) -> Document:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(Problem((), f"cannot read the file: {error.strerror}", where=str(path))) from None
    except ValueError:  # a NUL in the name
        raise ConfigError.single(f"not the name of a file: {str(path)!r}") from None
    if path.suffix != ".json":
        return yaml.load(data, str(path))
    document = yaml.load(data.replace(b"\t", b" "), str(path))  # a tab can only be space in JSON
    try:
        json.loads(data)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        what = f"not valid JSON: {getattr(error, 'msg', error)}"
        raise ConfigError(Problem((), what[:1].lower() + what[1:], where=f"{path}:{line}")) from None
    return document


def _joined(folder: Path) -> Document:
    """The files of `folder` in the order of their names, as one document."""
    try:
        paths = sorted(one for one in folder.iterdir() if one.suffix in _SUFFIXES and one.name[0] != ".")
    except OSError as error:
        what = f"cannot read the directory: {error.strerror}"
        raise ConfigError(Problem((), what, where=str(folder))) from None
    if not paths:
        what = f"there is no configuration in the directory: {folder}"
        raise ConfigError.single(what, hint=f"names of its files end with {', '.join(_SUFFIXES)}")
    documents, problems = list[Document](), list[Problem]()
    for path in paths:
        try:
            documents.append(_file(path))
        except ConfigError as error:
            problems.extend(error.problems)
    value, positions = _merged(documents, problems)
    if problems:
        raise ConfigError(*problems)
    return Document(value, {(): Position(str(folder), 0, 0), **positions})


def _merged(
    documents: Iterable[Document], problems: list[Problem]
) -> tuple[dict[str, Any], dict[KeyPath, Position]]:
    value: dict[str, Any] = {}
    positions: dict[KeyPath, Position] = {}
    for document in documents:
        if not isinstance(document.value, Mapping):
            problems.append(Problem((), "expected a mapping", where=where(document, ())))
            continue
        _check_version(document, value, problems)
        accepted = set[KeyPath]()
        for path, one in _entries(document.value):
            section = value.setdefault(path[0], {}) if len(path) > 1 else value
            taken = path if path in positions else path[:1]
            if path != ("version",) and (path in positions or not isinstance(section, dict)):
                what = f"another file has this already: {positions[taken]}"
                problems.append(Problem(path, what, "keep it in one file", where(document, path)))
                continue
            section[path[-1]] = one
            accepted.add(path)
        for place, at in document.positions.items():
            if place[:1] in accepted or place[:2] in accepted or (len(place) == 1 and place[0] in _JOINED):
                positions.setdefault(place, at)
    return value, positions


def _check_version(document: Document, value: Mapping[str, Any], problems: list[Problem]) -> None:
    """Each file says its version, and all say the same."""
    version = document.value.get("version")
    if version is None:
        problems.append(Problem(("version",), "required key is missing", "", where(document, ("version",))))
    elif value.get("version", version) != version:
        what = f"another file has another version, {value['version']}: {version}"
        problems.append(Problem(("version",), what, "", where(document, ("version",))))


def _entries(value: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Sections, and each entry of those that files share."""
    for key, one in value.items():
        if key in _JOINED and isinstance(one, Mapping):
            yield from (((key, name), inner) for name, inner in one.items())
        else:
            yield (key,), one
