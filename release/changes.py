"""The pieces of the change log: one file per change, `changes/<issue>.<kind>.md`, joined by towncrier."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

__all__ = ("FOLDER", "LOG", "fragments", "kinds", "newest", "problems")

FOLDER = "changes"
LOG = "CHANGELOG.md"

_EXPLAINS = "README.md"
_HEADING = re.compile(r"^## (\S+)", re.MULTILINE)


def kinds(root: Path) -> tuple[str, ...]:
    """The kinds of change, in the order of the log, as `pyproject.toml` has them."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return tuple(one["directory"] for one in settings["tool"]["towncrier"]["type"])


def fragments(root: Path) -> tuple[Path, ...]:
    """Everything that is in the folder of changes."""
    return tuple(sorted(one for one in (root / FOLDER).iterdir() if one.name != _EXPLAINS))


def problems(root: Path) -> Iterator[str]:
    """What is wrong with the pieces, one line each."""
    known = kinds(root)
    name = re.compile(rf"\d+\.({'|'.join(known)})(\.\d+)?\.md")
    for one in fragments(root):
        where = one.relative_to(root)
        if not name.fullmatch(one.name):
            yield f"{where}: is not <issue>.<kind>.md with one of these kinds: {', '.join(known)}"
        elif not one.read_text(encoding="utf-8").strip():
            yield f"{where}: is empty"


def newest(root: Path) -> str | None:
    """The latest release that the log knows."""
    file = root / LOG
    found = _HEADING.search(file.read_text(encoding="utf-8")) if file.exists() else None
    return found[1] if found else None
