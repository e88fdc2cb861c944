"""The output folder as it is: read, never written, by whoever needs to know what is there."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from penstock_builder.errors import OutputError
from penstock_builder.ledger import FILE, Origin, ledger_files, ledger_origin

__all__ = ("read_files", "read_ledger", "read_origin", "strangers", "target", "unknown")

_WORK = (".penstock", ".requirements.lock.")
_NOT_OURS = frozenset({"__pycache__", "_embedded"})


def target(output: Path, path: PurePosixPath) -> Path:
    """Where `path` is on disk; raises `OutputError` if a symbolic link would lead out of `output`."""
    file = output.joinpath(*path.parts)
    for step in (file, *file.parents):
        if step == output:
            break
        if step.is_symlink():
            raise OutputError(
                f"{step}: is a symbolic link, and files are not written through it", "remove the link"
            )
    return file


def read_files(output: Path, paths: Iterable[PurePosixPath]) -> Mapping[PurePosixPath, bytes]:
    """The content of those of `paths` that exist."""
    found: dict[PurePosixPath, bytes] = {}
    for path in paths:
        try:
            found[path] = target(output, path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise OutputError(f"{output / path}: cannot be read: {error.strerror}") from error
    return MappingProxyType(found)


def read_ledger(output: Path) -> Mapping[PurePosixPath, str]:
    """What the last complete run wrote; empty when there was none."""
    text = _ledger(output)
    return ledger_files(text) if text is not None else MappingProxyType({})


def read_origin(output: Path) -> Origin | None:
    """What made the last complete run; nothing when there was none."""
    text = _ledger(output)
    return ledger_origin(text) if text is not None else None


def _ledger(output: Path) -> str | None:
    path = PurePosixPath(FILE)
    data = read_files(output, [path]).get(path)
    return data.decode("utf-8", errors="replace") if data is not None else None


def strangers(output: Path, known: Iterable[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """Files below `src/`, which belongs to the builder alone, that no run has written."""
    ours = set(known)
    return tuple(path for path in sorted(_below(output, "src")) if path not in ours)


def unknown(output: Path, known: Iterable[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """Everything in the folder, top level by top level, that is not known and not the builder's own work."""
    ours = {path.parts[0] for path in known} - {"src"}
    found = [
        PurePosixPath(item.name)
        for item in sorted(output.iterdir())
        if item.name not in ours and item.name != "src" and not item.name.startswith(_WORK)
    ]
    return (*found, *strangers(output, known))


def _below(output: Path, folder: str) -> Iterator[PurePosixPath]:
    for where, folders, names in os.walk(output / folder):
        folders[:] = [name for name in folders if name not in _NOT_OURS and not name.endswith(".egg-info")]
        base = PurePosixPath(Path(where).relative_to(output).as_posix())
        yield from (base / name for name in names)
