"""The files that share replacements: read, compared, and written whole or not at all."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from penstock_builder.difference import unified
from penstock_builder.errors import OutputError
from penstock_builder.sharing import Shared, SharedReplacement
from penstock_builder.syncing import synced

__all__ = ("Change", "changes", "write_changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file that is not current."""

    path: Path
    old: bytes
    new: bytes

    @property
    def diff(self) -> str:
        """What would change."""
        return unified(PurePosixPath(self.path.as_posix()), self.old, self.new)


def changes(shared: Shared) -> tuple[Change, ...]:
    """Every file that differs from what it should be; raises `OutputError` before anything is written."""
    found = []
    for path, module in shared.files.items():
        try:
            old = path.read_bytes()
            text = old.decode("utf-8")
        except OSError as error:
            raise OutputError(f"{path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise OutputError(f"{path}: is not UTF-8") from None
        replaces = [_seen_from(path.parent, one, shared.root) for one in shared.replaces]
        new = synced(text, module.file_type, replaces, str(path)).encode()
        if new != old:
            found.append(Change(path=path, old=old, new=new))
    return tuple(found)


def _seen_from(folder: Path, one: SharedReplacement, root: Path) -> SharedReplacement:
    """A folder as the file in `folder` spells it."""
    if not one.replacement.startswith("."):
        return one
    relative = Path(os.path.relpath(root / one.replacement, folder)).as_posix()
    return one.model_copy(update={"replacement": relative if relative.startswith(".") else f"./{relative}"})


def write_changes(found: Sequence[Change]) -> None:
    """Replace each file at once, so that an interruption leaves either text and no part of one."""
    for one in found:
        partial = one.path.with_name(f".{one.path.name}.partial")
        try:
            partial.write_bytes(one.new)
            partial.chmod(one.path.stat().st_mode)
            partial.replace(one.path)
        except OSError as error:
            with suppress(OSError):
                partial.unlink()
            raise OutputError(f"{one.path}: cannot be written: {error.strerror}") from error
