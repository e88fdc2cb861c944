"""Tar archives that are the same everywhere: sorted, of one time, with owners and modes decided here."""

import gzip
import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ("Entry", "files_below", "gzipped", "tarred")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of an archive, or with `data` None a folder; `path` is relative to the root."""

    path: PurePosixPath
    data: bytes | None = None
    mode: int = 0o644
    owner: int = 0


def files_below(folder: Path, prefix: PurePosixPath) -> Iterator[Entry]:
    """Every file of `folder`, as it would be below `prefix`; what can be run stays so."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
            where = prefix / PurePosixPath(file.relative_to(folder).as_posix())
            yield Entry(path=where, data=file.read_bytes(), mode=mode)


def tarred(entries: Iterable[Entry], *, time: int, lead: str = "") -> bytes:
    """The archive, with every folder on the way to an entry; `lead` stands before each name."""
    wanted = {entry.path: entry for entry in entries}
    for folder in [parent for path in wanted for parent in path.parents if parent.parts]:
        wanted.setdefault(folder, Entry(path=folder, mode=0o755))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(wanted):
            _add(archive, wanted[path], time, lead)
    return stream.getvalue()


def gzipped(data: bytes) -> bytes:
    """Compressed, without a name and a time in the head."""
    return gzip.compress(data, compresslevel=6, mtime=0)


def _add(archive: tarfile.TarFile, entry: Entry, time: int, lead: str) -> None:
    info = tarfile.TarInfo(f"{lead}{entry.path}")
    info.mtime = time
    info.uid = info.gid = entry.owner
    info.mode = entry.mode
    if entry.data is None:
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
    else:
        info.size = len(entry.data)
        archive.addfile(info, io.BytesIO(entry.data))
