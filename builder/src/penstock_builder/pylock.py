"""The lock in the standard format of PEP 751, for tools that read `pylock.toml`.

It has the addresses that packages come from, which is why it is made on request and not committed. What is on
this machine, a replacement among it, is named by a path relative to the file.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from penstock_builder import uv
from penstock_builder.errors import LockError
from penstock_builder.lock import Lock
from penstock_builder.overrides import FETCHED, Override
from penstock_builder.relock import compiled
from penstock_builder.replaced import replaced
from penstock_builder.resolve import Resolution

__all__ = ("is_pylock_name", "pylock")

_NAME = re.compile(r"pylock\.(?:[^.]+\.)?toml\Z")
_CREDENTIALS = re.compile(r"(?<!ssh:)//[^/@\s]+@")


def is_pylock_name(name: str) -> bool:
    """Whether tools will know the file as one."""
    return _NAME.match(name) is not None


def pylock(resolution: Resolution, lock: Lock, folder: Path, *, offline: bool = False) -> str:
    """The text of a file in `folder` that pins what `lock` pins; raises `LockError`."""
    pins = "".join(f"{pin}\n" for pin in lock.pins)
    options = ["--format", "pylock.toml", "--constraint", "pins.txt"]
    exact = replace(resolution, overrides=tuple(_exact(resolution, lock)))
    try:
        text = compiled(exact, "pylock.toml", options, {"pins.txt": pins}, offline=offline)
    except uv.UvError as error:
        raise LockError(f"pylock.toml cannot be made:\n{error.stderr}") from error
    import tomlkit  # noqa: PLC0415 - only for this

    document = tomlkit.parse(text)
    document["created-by"] = "penstock"
    _without(document, {rule.project for rule in resolution.overrides if rule.stands_in})
    _at_home(document, {rule.project: rule.local.root for rule in resolution.overrides if rule.local})
    for place in _places(document):
        _relocate(place, folder)
    made = tomlkit.dumps(document)
    _verify(made, lock)
    return made


def _exact(resolution: Resolution, lock: Lock) -> Iterator[Override]:
    """The commit that the lock has, also where the manifest names something that moves."""
    commits = {one.project: one.commit for one in replaced(lock) if one.commit}
    for rule in resolution.overrides:
        commit = commits.get(rule.project) if rule.kind == "git" else None
        yield replace(rule, rest=(commit, *rule.rest[1:])) if commit else rule


def _without(document: MutableMapping[str, object], names: set[str]) -> None:
    """Drop the empty projects that stood in for what is dropped."""
    packages = document.get("packages")
    if isinstance(packages, MutableSequence):
        for index in reversed(range(len(packages))):
            if canonicalize_name(packages[index]["name"]) in names:
                del packages[index]


def _at_home(document: MutableMapping[str, object], roots: Mapping[str, Path]) -> None:
    """The folder of a project itself, not that of what stood in for it."""
    packages = document.get("packages")
    for package in packages if isinstance(packages, MutableSequence) else ():
        if "directory" in package:
            package["directory"]["path"] = str(roots[canonicalize_name(package["name"])])


def _places(value: object) -> Iterator[MutableMapping[str, object]]:
    """Everything that says where it is."""
    if isinstance(value, MutableMapping):
        if "url" in value or "path" in value:
            yield value
        for item in value.values():
            yield from _places(item)
    elif isinstance(value, list):
        for item in value:
            yield from _places(item)


def _relocate(place: MutableMapping[str, object], folder: Path) -> None:
    url = str(place.get("url", ""))
    path = unquote(urlsplit(url).path) if url.startswith("file:") else str(place.get("path", ""))
    if path:
        place.pop("url", None)
        place["path"] = Path(os.path.relpath(path, folder.resolve())).as_posix()
    else:
        place["url"] = _CREDENTIALS.sub("//", url)


def _verify(text: str, lock: Lock) -> None:
    """The standard's own reader accepts it, and it pins what the lock pins; a folder has no version."""
    from packaging.pylock import Pylock, PylockValidationError  # noqa: PLC0415

    try:
        found = Pylock.from_dict(tomllib.loads(text))
    except PylockValidationError as error:
        raise LockError(f"pylock.toml cannot be made: {error}") from error
    folders = {str(one.name) for one in found.packages if one.directory}
    pinned = {(canonicalize_name(pin.name), pin.version) for pin in lock.pins}
    pinned |= {
        (canonicalize_name(one.project), one.version)
        for one in replaced(lock)
        if one.kind in {"path", *FETCHED}
    }
    pinned = {(name, "" if name in folders else version) for name, version in pinned}
    made = {
        (str(one.name), "" if str(one.name) in folders else str(one.version or "")) for one in found.packages
    }
    if made != pinned:
        names = ", ".join(sorted({name for name, _ in made ^ pinned}))
        raise LockError(f"pylock.toml would pin other versions than requirements.lock: {names}")
