"""From a manifest's file to one document: bases, profiles, environment and Go modules applied."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from penstock_builder.arrows import spelt_out
from penstock_builder.document import Document, read, read_main
from penstock_builder.errors import ManifestError
from penstock_builder.gomod import read_map
from penstock_builder.gomodules import GoModules, Line, Unmapped, mapped
from penstock_builder.merge import Extender, profiled
from penstock_builder.ocb import translated
from penstock_builder.problems import Problem
from penstock_builder.tree import Branch, branch, document, leaf

__all__ = ("Reading", "Source", "read_manifest")

_PREFIX = "PENSTOCK_DIST_"
_VARIABLES = {f"{_PREFIX}{key.upper()}": key for key in ("name", "version", "description", "output_path")}
_PROFILES = "PENSTOCK_PROFILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a manifest is read: what the command line and the environment say about it."""

    compat: bool = False
    """It is one of the OpenTelemetry Collector Builder."""
    profiles: tuple[str, ...] = ()
    unmapped: Unmapped = "error"
    maps: tuple[Path, ...] = ()
    roots: tuple[Path, ...] = ()
    """Folders besides the manifest's own that its paths may lead into."""
    allow_empty: bool = False
    allow_moving: bool = False
    """A repository may be named by a branch; the lock stores the commit."""
    strict: bool = False
    """What is only odd is an error too."""
    builder: str = ""
    """The versions of the builder that may be used, besides what the manifest says."""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One document, ready to be checked, and what was noticed on the way.

    `others` are what it would be with each profile that was not chosen; `overrides` the keys that come from
    the environment, and from where; `lines` the Go modules that it names.
    """

    document: Document
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    lines: tuple[Line, ...]
    missing: tuple[Line, ...]
    overrides: Mapping[str, str]
    others: tuple[Document, ...]


def read_manifest(file: Path, how: Reading) -> Source:
    """Raises `ManifestError` for what leaves nothing to be checked."""
    main = read_main(file)
    warnings: tuple[Problem, ...] = ()
    if how.compat:
        main, warnings = translated(main)
    main = spelt_out(main)
    root = _extended(main, file, how)
    if not isinstance(root.content, Mapping):
        return _source(GoModules(main), warnings, {}, ())
    chosen = tuple(how.profiles) or tuple(how.environment.get(_PROFILES, "").replace(",", " ").split())
    others = [name for name in _profiles(root) if name not in chosen]
    rest = tuple(document(_bare(profiled(root, (name,))), main) for name in others)
    root, overrides = _overridden(_bare(profiled(root, chosen)), how.environment)
    changed = chosen or overrides or "extends" in main.text
    whole = document(root, main) if changed or "profiles" in main.text else main
    named = how.compat or any(path[-1] == "gomod" for path in whole.keys if path)
    found = mapped(whole, read_map(how.maps), how.unmapped) if named else GoModules(whole)
    origin = {_PROFILES: f"environment variable {_PROFILES}"} if chosen and not how.profiles else {}
    return _source(found, warnings, {**overrides, **origin}, rest)


def _source(
    found: GoModules,
    warnings: tuple[Problem, ...],
    overrides: Mapping[str, str],
    others: tuple[Document, ...],
) -> Source:
    return Source(
        document=found.document,
        problems=tuple(found.problems),
        warnings=(*warnings, *found.warnings),
        lines=tuple(found.lines),
        missing=found.missing,
        overrides=overrides,
        others=others,
    )


def _extended(main: Document, file: Path, how: Reading) -> Branch:
    def one(base: Path) -> Branch:
        if base == file:
            return branch(main)
        found = read(base)
        if found.problems:
            raise ManifestError(found.problems)
        return branch(spelt_out(translated(found)[0] if how.compat else found))

    return Extender(file, one).whole(file)


def _profiles(root: Branch) -> tuple[str, ...]:
    return tuple(root.items["profiles"].items) if "profiles" in root.items else ()


def _bare(root: Branch) -> Branch:
    """Without the keys that have done their work; a wrong one is kept, to be told."""
    kept = dict(root.items)
    bases = kept.get("extends", root)
    if isinstance(bases.content, tuple) and all(isinstance(one.content, str) for one in bases.entries):
        kept.pop("extends")
    if "profiles" in kept and isinstance(kept["profiles"].content, Mapping):
        kept.pop("profiles")
    return root.holding(kept)


def _overridden(root: Branch, environment: Mapping[str, str]) -> tuple[Branch, Mapping[str, str]]:
    """Take what the environment says; a variable that nobody reads is a mistake and not ignored."""
    found = {name: text for name, text in sorted(environment.items()) if name.startswith(_PREFIX)}
    for name in found.keys() - _VARIABLES.keys():
        known = ", ".join(sorted((*_VARIABLES, _PROFILES)))
        what = f"is no variable of the builder: {name}"
        raise ManifestError(
            [Problem(file="environment", line=1, column=1, what=what, hint=f"there are {known}")]
        )
    if not found or "dist" not in root.items:
        return root, {}
    dist = dict(root.items["dist"].items)
    overrides = {}
    for name, text in found.items():
        origin = f"environment variable {name}"
        dist[_VARIABLES[name]] = leaf(text, Branch(content=None, file=origin))
        overrides[f"dist.{_VARIABLES[name]}"] = origin
    return root.holding({**root.items, "dist": root.items["dist"].holding(dist)}), overrides
