"""The manifest's `policy`, applied: what a distribution may contain."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from penstock_builder.document import parse
from penstock_builder.errors import BuilderError, BuildError, ResolutionError
from penstock_builder.lines import kind_of, lines
from penstock_builder.load import Loaded
from penstock_builder.manifest import Component
from penstock_builder.notices import Package
from penstock_builder.problems import KeyPath, Problem
from penstock_builder.replacement import Source

__all__ = ("LEVELS", "findings", "is_allowed", "obeyed", "refuse_licenses", "refuse_native", "refuse_size")

LEVELS = ("development", "alpha", "beta", "stable")
"""From the lowest to the highest."""

_ENDING = ("deprecated", "unmaintained")

_Part: TypeAlias = Callable[[list[str], set[str]], bool]


def obeyed(loaded: Loaded) -> Loaded:
    """Add to the warnings what the policy warns of; raises `ResolutionError` with all that it refuses."""
    found = list(findings(loaded))
    refused = [problem for level, problem in found if level == "error"]
    if refused:
        raise ResolutionError(refused)
    return replace(loaded, warnings=(*loaded.warnings, *(problem for _, problem in found)))


def findings(loaded: Loaded) -> Iterator[tuple[str, Problem]]:
    """What of the manifest's lines the policy refuses (`error`), and what it warns of (`warn`)."""
    yield from (("error", one) for one in _sources(loaded))
    yield from (("error", one) for one in _asked(loaded))
    yield from (("error", one) for one in _unlinked(loaded))
    yield from _maturity(loaded)


def _sources(loaded: Loaded) -> Iterator[Problem]:
    """Components and replacements from places that the policy does not want."""
    policy, manifest = loaded.manifest.policy, loaded.manifest
    entries: list[tuple[KeyPath, Source]] = [*lines(manifest)]
    entries += [(("replaces", index), one) for index, one in enumerate(manifest.replaces)]
    for where, entry in entries:
        for key, value in (("git", entry.git), ("url", entry.url)):
            if value and policy.forbid_urls:
                yield loaded.document.problem((*where, key), "`policy.forbid_urls` does not allow it")
        index = entry.index if isinstance(entry, Component) else None
        if index and policy.indexes and index not in policy.indexes:
            what = f"`policy.indexes` does not allow this index: {index}"
            yield loaded.document.problem((*where, "index"), what)


def _asked(loaded: Loaded) -> Iterator[Problem]:
    """Indexes that are asked for every package, or for some that no component line names."""
    allowed = loaded.manifest.policy.indexes
    for number, one in enumerate(loaded.manifest.indexes):
        if allowed and one.name not in allowed and (one.packages or not one.explicit):
            what = f"`policy.indexes` does not allow this index: {one.name}"
            yield loaded.document.problem(("indexes", number), what)


def _unlinked(loaded: Loaded) -> Iterator[Problem]:
    for index, replacement in enumerate(loaded.manifest.replaces):
        if loaded.manifest.policy.require_link and not replacement.link:
            yield loaded.document.problem(("replaces", index), "`policy.require_link` asks for a `link`")


def _maturity(loaded: Loaded) -> Iterator[tuple[str, Problem]]:
    """Components below the lowest stability, and those that are going away."""
    policy = loaded.manifest.policy
    for where, root in _local(loaded):
        for level, signals in _declared(root, every=policy.min_stability is not None).items():
            said = f"is {level} for {', '.join(signals)}" if signals else f"is {level}"
            if level in _ENDING and policy.deprecated != "allow":
                yield policy.deprecated, loaded.document.problem(where, said)
            elif policy.min_stability and level in LEVELS[: LEVELS.index(policy.min_stability)]:
                what = f"{said}, and `policy.min_stability` is: {policy.min_stability}"
                yield "error", loaded.document.problem(where, what)


def refuse_licenses(found: Sequence[Package], allowed: Sequence[str]) -> None:
    """Raise `BuildError` naming every package whose licence is none of `allowed`; empty allows any."""
    if not allowed:
        return
    refused = [one for one in found if not is_allowed(one.license, allowed)]
    if refused:
        lines = [f"{one.name} {one.version}: {one.license or 'no licence data'}" for one in refused]
        raise BuildError(
            "\n".join(["`policy.licenses` does not allow:", *lines]), f"allowed: {', '.join(allowed)}"
        )


def refuse_native(packages: Sequence[str], *, allowed: bool) -> None:
    """Raise `BuildError` naming the wheels that were compiled for a platform, unless they are `allowed`."""
    if packages and not allowed:
        what = f"compiled for one platform, and `dist.allow_native` is false: {', '.join(packages)}"
        raise BuildError(what, "set `dist.allow_native: true`, or `dist.embed: components`")


def refuse_size(wheel: Path, limit: int | None) -> None:
    """Raise `BuildError` for a wheel that is larger than `limit` bytes."""
    size = wheel.stat().st_size
    if limit is not None and size > limit:
        raise BuildError(f"{wheel.name} is larger than `policy.max_size` allows, {limit} bytes: {size}")


def is_allowed(expression: str, allowed: Sequence[str]) -> bool:
    """Whether an SPDX expression can be met with the licences in `allowed`: any of an OR, all of an AND."""
    if expression in allowed:
        return True
    words = re.findall(r"\(|\)|[^\s()]+", expression)
    accepted = {one.lower() for one in allowed}
    return bool(words) and _either(words, accepted) and not words


def _either(words: list[str], accepted: set[str]) -> bool:
    return any(_joined(words, accepted, "OR", _both))


def _both(words: list[str], accepted: set[str]) -> bool:
    return all(_joined(words, accepted, "AND", _one))


def _joined(words: list[str], accepted: set[str], word: str, part: _Part) -> list[bool]:
    """Read every part between `word`s, also when the answer is known already: the rest follows behind."""
    met = [part(words, accepted)]
    while words and words[0].upper() == word:
        words.pop(0)
        met.append(part(words, accepted))
    return met


def _one(words: list[str], accepted: set[str]) -> bool:
    if not words:
        return False
    word = words.pop(0)
    if word == "(":
        met = _either(words, accepted)
        return bool(words) and words.pop(0) == ")" and met
    if words[:1] and words[0].upper() == "WITH":
        word = " ".join([word, *words[:2]])
        del words[:2]
    return word.lower() in accepted


def _local(loaded: Loaded) -> Iterator[tuple[KeyPath, Path]]:
    known = {project.name: project for project in loaded.projects.values()}
    for where, component in lines(loaded.manifest):
        if kind_of(where) and component.project in known:
            yield where, known[component.project].root


def _declared(root: Path, *, every: bool) -> Mapping[str, tuple[str, ...]]:
    """Level -> signals, from the component's `metadata.yaml`; empty if it has none that can be read.

    Unless `every` level matters, a file that does not speak of an end is not parsed: that would take longer
    than the rest of a check.
    """
    file = root / "metadata.yaml"
    try:
        text = file.read_text(encoding="utf-8")
        value = parse(text, str(file)).value if every or any(one in text for one in _ENDING) else None
    except (OSError, UnicodeError, BuilderError):
        return {}
    stability = value.get("stability") if isinstance(value, Mapping) else None
    if not isinstance(stability, Mapping):
        return {}
    return {
        str(level): tuple(map(str, signals)) if isinstance(signals, tuple) else ()
        for level, signals in stability.items()
    }
