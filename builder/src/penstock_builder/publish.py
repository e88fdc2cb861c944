"""Puts finished outputs where the user wants them, each at once and whole."""

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from penstock_builder.errors import BuildError

__all__ = ("Artifact", "publish")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A finished output: a file, or a folder, whose digest is the one of its files' names and contents."""

    kind: str
    path: Path
    sha256: str


def publish(kind: str, made: Path, folder: Path) -> Artifact:
    """Copy `made` into `folder`, in place of one of the same name; raises `BuildError`."""
    final, partial = folder / made.name, folder / f".{made.name}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget(partial)
        if made.is_dir():
            shutil.copytree(made, partial)
        else:
            shutil.copy(made, partial)
        _swap(partial, final)
    except OSError as error:
        with suppress(OSError):
            _forget(partial)
        raise BuildError(f"{error.filename or final}: cannot be written: {error.strerror}") from error
    return Artifact(kind=kind, path=final, sha256=_digest(final))


def _swap(partial: Path, final: Path) -> None:
    """A file is replaced in one step; a folder is out of the way for the moment between two renames."""
    old = final.with_name(f".{final.name}.old")
    _forget(old)
    if final.is_dir():
        final.rename(old)
    partial.replace(final)
    _forget(old)


def _forget(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    whole = hashlib.sha256()
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        whole.update(f"{digest}  {file.relative_to(path).as_posix()}\n".encode())
    return whole.hexdigest()
