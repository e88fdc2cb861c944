"""Every place that has the version of this repository, found by what it looks like."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ("FILE", "Place", "current", "places", "rewritten")

FILE = "VERSION"

_VERSION = r"(?P<version>\d+(?:\.\d+)+(?:(?:a|b|rc)\d+)?)"
_PROJECTS = ("builder/pyproject.toml", "components/*/*/pyproject.toml")
_MANIFESTS = ("builder-manifest.yaml", "distributions/*/manifest.yaml")
_EXAMPLES = ("*.md", "docs/**/*.md", "builder/README.md", "components/**/README.md", "builder/src/**/*.py")
_RULES = (
    (rf"\A{_VERSION}\n\Z", (FILE,)),
    (rf'^version = "{_VERSION}"', _PROJECTS),
    (rf'^__version__ = "{_VERSION}"', ("builder/src/penstock_builder/__init__.py",)),
    (rf'^  version: "{_VERSION}"', _MANIFESTS),
    (rf"\bpenstock-[a-z0-9-]+ ?== ?{_VERSION}", (*_PROJECTS, *_MANIFESTS, *_EXAMPLES)),
)
_HISTORY = "CHANGELOG.md"  # says what was, and keeps saying it


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A version in a file; `line` is for people, `start` and `end` are where its text is."""

    file: Path
    line: int
    version: str
    start: int
    end: int


def current(root: Path) -> str:
    """What `VERSION` says."""
    return (root / FILE).read_text(encoding="utf-8").strip()


def places(root: Path) -> Iterator[Place]:
    """All of them, file by file."""
    for pattern, globs in _RULES:
        written = re.compile(pattern, re.MULTILINE)
        for file in sorted({found for glob in globs for found in root.glob(glob)}):
            if file.name != _HISTORY:
                yield from _found(written, file)


def rewritten(root: Path, version: str) -> Mapping[Path, str]:
    """The files that say something else than `version`, with it in place."""
    found: dict[Path, list[Place]] = {}
    for place in places(root):
        if place.version != version:
            found.setdefault(place.file, []).append(place)
    return {file: _replaced(file, stale, version) for file, stale in sorted(found.items())}


def _found(written: re.Pattern[str], file: Path) -> Iterator[Place]:
    text = file.read_text(encoding="utf-8")
    for match in written.finditer(text):
        start, end = match.span("version")
        line = text.count("\n", 0, start) + 1
        yield Place(file=file, line=line, version=match["version"], start=start, end=end)


def _replaced(file: Path, stale: list[Place], version: str) -> str:
    """From the end, so that the places before stay where they are."""
    text = file.read_text(encoding="utf-8")
    for place in sorted(stale, key=lambda one: one.start, reverse=True):
        text = text[: place.start] + version + text[place.end :]
    return text
