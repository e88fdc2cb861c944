"""Puts finished outputs where the user wants them, each at once and whole."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from penstock_builder.errors import BuildError

__all__ = ("Artifact", "digest_of", "files_of", "publish", "sha256_of")


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
    return Artifact(kind=kind, path=final, sha256=digest_of(final))


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


def digest_of(path: Path) -> str:
    """The digest of a file, or the one digest of the files of a folder."""
    if path.is_file():
        return sha256_of(path)
    whole = hashlib.sha256()
    for file in files_of(path):
        whole.update(f"{sha256_of(file)}  {file.relative_to(path).as_posix()}\n".encode())
    return whole.hexdigest()


def files_of(path: Path) -> Iterator[Path]:
    """A file itself, or all files of a folder, in order."""
    yield from sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else (path,)


def sha256_of(file: Path) -> str:
    """The digest of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
