"""Is the committed output what the manifest gives? Compares values; touches no file and no network."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from penstock_builder.difference import Difference, differences
from penstock_builder.ledger import FILE, Origin, ledger_origin
from penstock_builder.output import read_files, read_ledger, read_origin, strangers
from penstock_builder.render import FileTree
from penstock_builder.write import READY, edited_files

__all__ = ("Report", "check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is wrong; nothing, if the output is current. `notes` are findings that have no diff.

    `edited` says that generating would overwrite what somebody wrote, and so has to be told that it may.
    """

    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    edited: bool = False

    @property
    def current(self) -> bool:
        """Whether nothing was found."""
        return not self.differences and not self.notes


def check(tree: FileTree, output: Path) -> Report:
    """Compare a fresh render with the folder, including files that are missing or that are too many."""
    ledger = read_ledger(output)
    stale = ledger.keys() - tree.keys()
    actual = read_files(output, tree.keys() | stale)
    return Report(
        differences=differences(tree, actual),
        notes=tuple(_notes(tree, output, stale)),
        edited=any(edited_files(tree, ledger, actual)),
    )


def _notes(tree: FileTree, output: Path, stale: set[PurePosixPath]) -> Iterator[str]:
    found, wanted = read_origin(output), ledger_origin(tree[PurePosixPath(FILE)])
    yield from _made_by_another(found, wanted) if found else ()
    if (output / READY).is_dir():
        yield f"{READY}: an interrupted run is not finished yet"
    for path in strangers(output, tree.keys() | stale | {PurePosixPath(FILE)}):
        yield f"{path}: is not part of the distribution: move or remove it"


def _made_by_another(found: Origin, wanted: Origin) -> Iterator[str]:
    if found.builder != wanted.builder:
        earlier = found.builder or "unknown"
        yield f"{FILE}: was rendered by penstock {earlier}; this is penstock {wanted.builder}"
    elif found.templates != wanted.templates:
        yield f"{FILE}: was rendered from other templates than those of this penstock {wanted.builder}"
