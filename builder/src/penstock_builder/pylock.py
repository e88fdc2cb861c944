"""The lock in the standard format of PEP 751, for tools that read `pylock.toml`.

It has the addresses that packages come from, which is why it is made on request and not committed. What is on
this machine is named by a path relative to the file.
"""

import os
import re
import tomllib
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from penstock_builder import uv
from penstock_builder.errors import LockError
from penstock_builder.lock import Lock
from penstock_builder.relock import compiled
from penstock_builder.resolve import Resolution

__all__ = ("is_pylock_name", "pylock")

_NAME = re.compile(r"pylock\.(?:[^.]+\.)?toml\Z")
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


def is_pylock_name(name: str) -> bool:
    """Whether tools will know the file as one."""
    return _NAME.match(name) is not None


def pylock(resolution: Resolution, lock: Lock, folder: Path, *, offline: bool = False) -> str:
    """The text of a file in `folder` that pins what `lock` pins; raises `LockError`."""
    pins = "".join(f"{pin}\n" for pin in lock.pins)
    options = ["--format", "pylock.toml", "--constraint", "pins.txt"]
    try:
        text = compiled(resolution, "pylock.toml", options, {"pins.txt": pins}, offline=offline)
    except uv.UvError as error:
        raise LockError(f"pylock.toml cannot be made:\n{error.stderr}") from error
    import tomlkit  # noqa: PLC0415 - only for this

    document = tomlkit.parse(text)
    document["created-by"] = "penstock"
    for archive in _archives(document):
        _relocate(archive, folder)
    made = tomlkit.dumps(document)
    _verify(made, lock)
    return made


def _archives(value: object) -> Iterator[MutableMapping[str, object]]:
    if isinstance(value, MutableMapping):
        if "url" in value:
            yield value
        for item in value.values():
            yield from _archives(item)
    elif isinstance(value, list):
        for item in value:
            yield from _archives(item)


def _relocate(archive: MutableMapping[str, object], folder: Path) -> None:
    url = str(archive["url"])
    if url.startswith("file:"):
        del archive["url"]
        archive["path"] = Path(os.path.relpath(unquote(urlsplit(url).path), folder.resolve())).as_posix()
    else:
        archive["url"] = _CREDENTIALS.sub("//", url)


def _verify(text: str, lock: Lock) -> None:
    """The standard's own reader accepts it, and it pins what the lock pins."""
    from packaging.pylock import Pylock, PylockValidationError  # noqa: PLC0415

    try:
        found = Pylock.from_dict(tomllib.loads(text))
    except PylockValidationError as error:
        raise LockError(f"pylock.toml cannot be made: {error}") from error
    pinned = {(canonicalize_name(pin.name), pin.version) for pin in lock.pins}
    made = {(str(package.name), str(package.version)) for package in found.packages}
    if made != pinned:
        names = ", ".join(sorted(name for name, _ in made ^ pinned))
        raise LockError(f"pylock.toml would pin other versions than requirements.lock: {names}")
