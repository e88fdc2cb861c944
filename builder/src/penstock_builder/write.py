"""Puts a rendered tree on disk without losing anything that somebody else wrote.

All new files are first written to a staging folder inside the output. Renaming that folder to its final name
is the moment of decision: before it the old output is whole; after it the next run finishes what was begun.
Files move one by one, each in a single step, and the ledger moves last.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from penstock_builder.difference import unified
from penstock_builder.errors import OutputError
from penstock_builder.ledger import FILE, digest
from penstock_builder.output import read_files, read_ledger, target
from penstock_builder.render import FileTree

__all__ = ("READY", "Written", "recover", "replace_file", "write")

READY = ".penstock-staging"
_OPEN = ".penstock-staging.new"
_LEDGER = PurePosixPath(FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a run did to the output folder."""

    written: tuple[PurePosixPath, ...]
    removed: tuple[PurePosixPath, ...]
    kept: tuple[PurePosixPath, ...]
    saved: tuple[PurePosixPath, ...]


def write(tree: FileTree, output: Path, *, accept_loss: bool = False) -> Written:
    """Make `output` hold `tree`, and say what that took.

    Raises `OutputError`, before anything changes, if an edited or unknown file is in the way; with
    `accept_loss` that file is kept as `<name>.orig` instead.
    """
    with _disk_errors(output):
        output.mkdir(parents=True, exist_ok=True)
        recover(output)
        ledger = read_ledger(output)
        current = read_files(output, tree.keys() | ledger.keys())
        edited = tuple(_edited(tree, ledger, current))
        if edited and not accept_loss:
            raise OutputError(
                _refusal(edited, tree, current, output), "keep your change elsewhere, or --accept-loss"
            )
        stale = [path for path in sorted(ledger.keys() - tree.keys()) if path in current]
        removable = [path for path in stale if digest(current[path]) == ledger[path]]
        changed = [path for path in tree if current.get(path) != tree[path].encode()]
        for path in edited:
            _save(output, path)
        _publish({path: tree[path] for path in changed}, output)
        for path in removable:
            _remove(output, path)
    return Written(
        written=tuple(changed),
        removed=tuple(removable),
        kept=tuple(path for path in stale if path not in removable),
        saved=edited,
    )


def replace_file(output: Path, path: PurePosixPath, text: str) -> None:
    """Write one file that belongs to this tool alone, whole or not at all."""
    with _disk_errors(output):
        file = target(output, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{file.name}.partial")
        partial.write_bytes(text.encode())
        partial.replace(file)


def recover(output: Path) -> None:
    """Finish what an interrupted run had decided, and forget what it had not."""
    shutil.rmtree(output / _OPEN, ignore_errors=True)
    if (output / READY).is_dir():
        _move_all(output)


def _edited(
    tree: FileTree, ledger: Mapping[PurePosixPath, str], current: Mapping[PurePosixPath, bytes]
) -> Iterator[PurePosixPath]:
    """Files in the way whose content neither the last run nor this one has made."""
    for path in tree:
        found = current.get(path)
        if path == _LEDGER or found is None or found == tree[path].encode():
            continue
        if digest(found) != ledger.get(path):
            yield path


def _refusal(
    edited: tuple[PurePosixPath, ...], tree: FileTree, current: Mapping[PurePosixPath, bytes], output: Path
) -> str:
    names = ", ".join(str(path) for path in edited)
    diffs = "\n".join(unified(path, current[path], tree[path].encode()) for path in edited)
    return f"{output}: files were edited after they were generated: {names}\n\n{diffs.rstrip()}"


def _save(output: Path, path: PurePosixPath) -> None:
    file = target(output, path)
    shutil.copyfile(file, file.with_name(f"{file.name}.orig"))


def _publish(files: FileTree, output: Path) -> None:
    if not files:
        return
    staging = output / _OPEN
    for path, text in files.items():
        file = staging.joinpath(*path.parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    staging.replace(output / READY)
    _move_all(output)


def _move_all(output: Path) -> None:
    staging = output / READY
    found = sorted(
        PurePosixPath(file.relative_to(staging).as_posix()) for file in staging.rglob("*") if file.is_file()
    )
    for path in sorted(found, key=lambda path: path == _LEDGER):
        file = target(output, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        staging.joinpath(*path.parts).replace(file)
    shutil.rmtree(staging)


def _remove(output: Path, path: PurePosixPath) -> None:
    file = target(output, path)
    file.unlink()
    for parent in file.parents:
        if parent == output:
            return
        with suppress(OSError):  # not empty: somebody else's file is in it
            parent.rmdir()


@contextmanager
def _disk_errors(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        shutil.rmtree(output / _OPEN, ignore_errors=True)
        raise OutputError(f"{error.filename or output}: cannot be written: {error.strerror}") from error
