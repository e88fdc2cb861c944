"""Writes new files into a folder of the user, and takes all of them back when something fails."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock_builder.errors import ScaffoldError
from penstock_builder.render import FileTree

__all__ = ("create", "undoing")


def create(tree: FileTree, folder: Path) -> tuple[Path, ...]:
    """Write the files that are not there yet, and say which. Raises `ScaffoldError`, and leaves nothing."""
    with undoing(folder):
        return tuple(_write(folder.joinpath(*path.parts), text) for path, text in _missing(tree, folder))


@contextmanager
def undoing(folder: Path) -> Iterator[None]:
    """When the body raises, remove everything below `folder` that was not there before, and new parents."""
    before = set(folder.rglob("*")) if folder.is_dir() else set()
    created = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        for path in sorted(set(folder.rglob("*")) - before, reverse=True):
            _remove(path)
        for path in created:
            _remove(path)
        if isinstance(error, OSError):
            raise ScaffoldError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
        raise


def _missing(tree: FileTree, folder: Path) -> Iterator[tuple[Path, str]]:
    for path, text in tree.items():
        if not folder.joinpath(*path.parts).exists():
            yield Path(*path.parts), text


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return file


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
