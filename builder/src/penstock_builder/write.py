"""Puts a rendered tree on disk without losing anything that somebody else wrote.

All new files are first written to a staging folder inside the output, with the list of those to remove.
Renaming that folder to its final name is the moment of decision: before it the old output is whole; after it
the next run finishes what was begun. Files move one by one, each in a single step, and the ledger moves last.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from penstock_builder.difference import unified
from penstock_builder.errors import OutputError
from penstock_builder.ledger import FILE, digest
from penstock_builder.occupied import occupied
from penstock_builder.output import read_files, read_ledger, strangers, target, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from penstock_builder.render import FileTree

__all__ = ("READY", "Written", "alone", "edited_files", "recover", "replace_file", "write")

READY = ".penstock-staging"
_OPEN = ".penstock-staging.new"
_REMOVED = ".removed.json"
_LEDGER = PurePosixPath(FILE)
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a run did to the output folder."""

    written: tuple[PurePosixPath, ...]
    removed: tuple[PurePosixPath, ...]
    kept: tuple[PurePosixPath, ...]
    saved: tuple[PurePosixPath, ...]


@contextmanager
def alone(output: Path) -> Iterator[None]:
    """Have `output` to oneself, and end what an interrupted run began; raises `OutputError`."""
    with _disk_errors(output), occupied(output):
        recover(output)
        yield


def write(
    tree: FileTree,
    output: Path,
    *,
    accept_loss: bool = False,
    force: bool = False,
    inputs: Collection[PurePosixPath] = (),
) -> Written:
    """Make `output` hold `tree`, and say what that took.

    Raises `OutputError`, before anything changes, if an edited file is in the way or the folder holds files
    that no run has written, unless they are `inputs`. With `accept_loss` an edited file is kept as
    `<name>.orig`, with `force` unknown files stay where they are.
    """
    with _disk_errors(output):
        output.mkdir(parents=True, exist_ok=True)
        recover(output)
        ledger = read_ledger(output)
        if not force:
            _refuse_unknown(tree, ledger, output, inputs)
        current = read_files(output, tree.keys() | ledger.keys())
        edited = tuple(edited_files(tree, ledger, current))
        if edited and not accept_loss:
            raise OutputError(
                _refusal(edited, tree, current, output), "keep your change elsewhere, or --accept-loss"
            )
        stale = [path for path in sorted(ledger.keys() - tree.keys()) if path in current]
        removable = [path for path in stale if digest(current[path]) == ledger[path]]
        changed = [path for path in tree if current.get(path) != tree[path].encode()]
        for path in edited:
            _save(output, path, current[path])
        _publish({path: tree[path] for path in changed}, {one: ledger[one] for one in removable}, output)
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
        try:
            partial.unlink(missing_ok=True)
            with partial.open("xb") as stream:
                stream.write(text.encode())
            partial.replace(file)
        except OSError:
            with suppress(OSError):
                partial.unlink()
            raise


def recover(output: Path) -> None:
    """Finish what an interrupted run had decided, and forget what it had not."""
    shutil.rmtree(target(output, PurePosixPath(_OPEN)), ignore_errors=True)
    if target(output, PurePosixPath(READY)).is_dir():
        _move_all(output)


def _refuse_unknown(
    tree: FileTree,
    ledger: Mapping[PurePosixPath, str],
    output: Path,
    inputs: Collection[PurePosixPath],
) -> None:
    """A folder that no run has made is somebody else's, and `src/` belongs to the builder alone."""
    ours = {*tree, *ledger, *inputs, _LEDGER}
    found = strangers(output, ours) if ledger else unknown(output, ours)
    found = tuple(path for path in found if path.with_name(path.name.partition(".orig")[0]) not in ours)
    if found:
        more = f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        names = "".join(f"\n  {path}" for path in found[:_SHOWN])
        what = f"{output}: holds files that penstock has not written:{names}{more}"
        raise OutputError(what, "move them, or choose another folder, or --force: they stay then")


def edited_files(
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


def _save(output: Path, path: PurePosixPath, data: bytes) -> None:
    """Keep an edited file beside its place, and every one that was kept earlier."""
    file = target(output, path)
    names = (file.with_name(f"{file.name}.orig{number or ''}") for number in range(1000))
    for kept in names:
        if kept.is_file() and not kept.is_symlink() and kept.read_bytes() == data:
            return
        with suppress(FileExistsError), kept.open("xb") as stream:
            stream.write(data)
            return


def _publish(files: FileTree, removed: Mapping[PurePosixPath, str], output: Path) -> None:
    if not files and not removed:
        return
    staging = output / _OPEN
    staging.mkdir()
    for path, text in files.items():
        file = staging.joinpath(*path.parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    listed = {str(path): value for path, value in removed.items()}
    (staging / _REMOVED).write_bytes(json.dumps(listed).encode())
    staging.replace(output / READY)
    _move_all(output)


def _move_all(output: Path) -> None:
    staging = output / READY
    _remove_stale(staging / _REMOVED, output)
    found = sorted(
        PurePosixPath(file.relative_to(staging).as_posix()) for file in staging.rglob("*") if file.is_file()
    )
    for path in sorted(found, key=lambda path: path == _LEDGER):
        if path.name != _REMOVED:
            file = target(output, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            staging.joinpath(*path.parts).replace(file)
    shutil.rmtree(staging)


def _remove_stale(journal: Path, output: Path) -> None:
    """Remove what the staged run had chosen, if nobody edited it since."""
    if not journal.is_file():
        return
    listed = {PurePosixPath(path): value for path, value in json.loads(journal.read_text("utf-8")).items()}
    for path, data in read_files(output, listed).items():
        if digest(data) == listed[path]:
            _remove(output, path)


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
