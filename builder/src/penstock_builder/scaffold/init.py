"""A repository for a collector of one's own: it builds, demonstrates and checks itself."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from penstock_builder import __version__, steps, words
from penstock_builder.errors import LockError, ScaffoldError
from penstock_builder.options import DEFAULT
from penstock_builder.reading import Reading
from penstock_builder.render import FileTree, render_folder
from penstock_builder.scaffold.catalogue import Known, find
from penstock_builder.scaffold.files import create, undoing
from penstock_builder.scaffold.manifest_text import manifest_text, open_source
from penstock_builder.templating import read_templates

__all__ = ("Repository", "make_repository", "repository_tree")

_UNLOCKED = (
    "nothing was left behind; `--source DIR` takes the projects from a folder instead of an index, and "
    "`--no-generate` does not lock"
)
_COMPONENTS = (
    ("receiver", "otlp"),
    ("processor", "memory_limiter"),
    ("processor", "batch"),
    ("exporter", "debug"),
    ("exporter", "file"),
    ("extension", "health_check"),
    ("provider", "env"),
    ("provider", "file"),
    ("provider", "yaml"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What is made, where; `source` is a folder of projects that takes the place of an index."""

    folder: Path
    name: str = ""
    source: Path | None = None

    @property
    def flags(self) -> str:
        """What every command of the repository needs, as its Makefile spells it."""
        if self.source is None:
            return ""
        root = os.path.relpath(self.source.resolve(), self.folder.resolve())
        return f"--allow-root {shlex.quote(Path(root).as_posix())}".replace("$", "$$")

    @property
    def builder(self) -> str:
        """The version of this builder, which CI is to use."""
        return __version__

    @property
    def token(self) -> str:
        """How a workflow spells its own token."""
        return "${{ github.token }}"


def make_repository(
    wanted: Repository, *, merge: bool = False, render: bool = True, offline: bool = False
) -> Path:
    """Make the repository, locked and rendered, or leave everything as it was.

    Raises `ScaffoldError` for a folder that has files, unless `merge`: then those that exist are kept.
    """
    folder = wanted.folder
    if folder.exists() and not folder.is_dir():
        raise ScaffoldError(f"is not a folder: {folder}")
    if not merge and folder.is_dir() and any(folder.iterdir()):
        raise ScaffoldError(
            f"is not empty: {folder}", "`--merge` adds what is missing and overwrites nothing"
        )
    with undoing(folder):
        create(repository_tree(wanted), folder)
        if render:
            roots = (wanted.source,) if wanted.source else ()
            workspace = steps.open_workspace(folder / DEFAULT, how=Reading(roots=roots))
            try:
                steps.generate(workspace, offline=offline)
            except LockError as error:
                raise LockError(error.what, _UNLOCKED) from error
    return folder


def repository_tree(wanted: Repository) -> FileTree:
    """The files that are the user's from then on. Raises `ScaffoldError` for a name that cannot be one."""
    name = wanted.name or canonicalize_name(wanted.folder.resolve().name)
    try:
        words.distribution_name(name)
        words.module_name(words.module_for(name))
    except words.WordError as error:
        raise ScaffoldError(error.what, "choose another with `--name`") from error
    repository = Repository(folder=wanted.folder, name=name, source=wanted.source)
    source = open_source(wanted.source, wanted.folder) if wanted.source else None
    manifest = manifest_text(name, _components(), source)
    tree = render_folder(read_templates(), "repository", {}, {"repo": repository})
    return {PurePosixPath(DEFAULT): manifest, **tree}


def _components() -> list[Known]:
    found = [find(kind, name) for kind, name in _COMPONENTS]
    return [one for one in found if one is not None]
