"""Remembers what was built from what, so that nothing is built twice into the same folder.

The note is about everything that the outputs follow from: the rendered files with the lock among them, the
files of every project on this machine, what was asked for, and the builder itself. Without a note, or where
the outputs are not what it says, they are built.
"""

import hashlib
import json
import os
import platform
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from penstock_builder import __version__
from penstock_builder.childlog import cache_folder
from penstock_builder.publish import Artifact, digest_of
from penstock_builder.request import Built, Request

__all__ = ("identity", "recalled", "remember")

_KEPT = 200
_FILES = 5_000  # a folder with more is no project of one component, and looking into it is no saving
_BACKEND = "uv_build"
_TOOLS = ("cyclonedx-python-lib", "hatchling", "packageurl-python", "packaging", "pex", "pip", "uv")


class _UnknownError(Exception):
    """What the outputs follow from cannot be told."""


def identity(request: Request, time: int) -> str:
    """The digest of all that the outputs follow from; empty if that cannot be told."""
    whole = hashlib.sha256()
    try:
        for part in _parts(request, time):
            whole.update(hashlib.sha256(part).digest())
    except (_UnknownError, OSError, UnicodeError, tomllib.TOMLDecodeError):
        return ""
    return whole.hexdigest()


def recalled(known: str, folder: Path) -> Built | None:
    """What is in `folder`, if it is what a build of `known` would put there."""
    if not known:
        return None
    try:
        note = json.loads(_note(known).read_text(encoding="utf-8"))
        found = [Artifact(kind=kind, path=folder / name, sha256=sha) for kind, name, sha in note["artifacts"]]
        if all(one.path.exists() and digest_of(one.path) == one.sha256 for one in found):
            return Built(artifacts=tuple(found), warnings=tuple(map(str, note["warnings"])), reused=True)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return None


def remember(known: str, built: Built) -> None:
    """Note it, and forget the oldest notes; a full disk costs the next build's time, not this build."""
    if not known:
        return
    artifacts = [(one.kind, one.path.name, one.sha256) for one in built.artifacts]
    with suppress(OSError):
        file = _note(known)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps({"artifacts": artifacts, "warnings": built.warnings}), encoding="utf-8")
        partial.replace(file)
        for old in sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)


def _note(known: str) -> Path:
    return cache_folder() / "built" / f"{known}.json"


def _parts(request: Request, time: int) -> Iterator[bytes]:
    for path, text in sorted(request.tree.items()):
        yield f"{path}\n{text}".encode()
    asked = [request.outputs, request.platforms, request.policy, request.allow_native, time]
    yield repr([*asked, sys.version, sys.platform, platform.machine(), __version__]).encode()
    for name in _TOOLS:
        yield f"{name} {_installed(name)}".encode()
    yield from _sources()
    yield (request.base / "index.json").read_bytes() if request.base else b""
    yield request.key.read_bytes() if request.key else b""
    for project in request.resolution.local:
        yield f"{project.name} {project.version} {project.address}".encode()
        if not project.address:
            yield from _project(project.root)


def _project(root: Path) -> Iterator[bytes]:
    """Every file of a project whose backend reads nothing else; of any other, what it reads is unknown."""
    content = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    if content.get("build-system", {}).get("build-backend") != _BACKEND:
        raise _UnknownError
    files = sorted(_below(root))
    if len(files) > _FILES:
        raise _UnknownError
    for file in files:
        yield f"{file.relative_to(root)} {file.lstat().st_mode}".encode()
        yield file.read_bytes()


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if one != "__pycache__" and not one.startswith(".")]
        for name in (*folders, *files):
            if Path(parent, name).is_symlink():  # leads to what is not looked at here
                raise _UnknownError
        yield from (Path(parent, name) for name in files)


@cache
def _sources() -> tuple[bytes, ...]:
    """The builder's own code, for those who change it."""
    return tuple(file.read_bytes() for file in sorted(Path(__file__).parent.rglob("*.py")))


@cache
def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
