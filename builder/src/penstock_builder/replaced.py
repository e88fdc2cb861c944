"""What became of the replacements when the lock was made, as lines of the lock's head.

The lock remembers it, because nobody can tell without a network which replacements a third-party package
needs, and because the commit and the version of what was fetched are known only then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from penstock_builder.lock import Lock
from penstock_builder.overrides import Override
from penstock_builder.project import Project
from penstock_builder.resolve import Resolution

__all__ = ("Replaced", "completed", "forced", "replaced", "replaced_lines", "unused")

_LINE = re.compile(
    r"# replaced: (?P<project>\S+) (?P<version>\S+) (?P<kind>\S+)(?: (?P<commit>[0-9a-f]{40}))?\Z"
)
_UNUSED = "# unused: "
_FORCED = "# forced: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A replacement that something requires; `version` is what it is locked at, `-` for nothing."""

    project: str
    version: str
    kind: str
    commit: str = ""

    def __str__(self) -> str:
        return f"# replaced: {self.project} {self.version} {self.kind} {self.commit}".rstrip()


def replaced_lines(used: list[Replaced], idle: list[str], violated: list[str]) -> str:
    """The lines that `replaced`, `unused` and `forced` read."""
    lines = [*(str(one) for one in used), *(f"{_UNUSED}{one}" for one in idle)]
    return "".join(f"{line}\n" for line in (*lines, *(f"{_FORCED}{one}" for one in violated)))


def replaced(lock: Lock) -> tuple[Replaced, ...]:
    """The replacements that are in effect."""
    found = (_LINE.match(line) for line in lock.text.splitlines())
    return tuple(
        Replaced(project=one["project"], version=one["version"], kind=one["kind"], commit=one["commit"] or "")
        for one in found
        if one
    )


def unused(lock: Lock) -> tuple[str, ...]:
    """The projects whose replacement nothing requires."""
    return tuple(_rest(lock, _UNUSED))


def forced(lock: Lock) -> tuple[str, ...]:
    """The requirements that a replacement does not meet, each with what its owner gets instead."""
    return tuple(_rest(lock, _FORCED))


def _rest(lock: Lock, head: str) -> Iterator[str]:
    return (line.removeprefix(head) for line in lock.text.splitlines() if line.startswith(head))


def completed(resolution: Resolution, lock: Lock) -> Resolution:
    """`resolution` with the replacements that are built from source among its local projects."""
    rules = {one.project: one for one in resolution.overrides}
    extra = [
        _project(rules[one.project], one)
        for one in replaced(lock)
        if one.kind in {"path", "git", "url"} and one.project in rules
    ]
    local = tuple(sorted((*resolution.local, *extra), key=lambda project: project.name))
    conditions = {one.name: rules[one.name].marker for one in extra if rules[one.name].marker}
    return replace(resolution, local=local, conditions={**resolution.conditions, **conditions})


def _project(rule: Override, locked: Replaced) -> Project:
    if rule.local:
        return rule.local
    where = f"{rule.text}@{locked.commit}" if locked.commit else rule.text
    return Project(
        name=rule.project,
        version=locked.version,
        path=where,
        root=Path(),
        requires_python="",
        dependencies=(),
        extras=MappingProxyType({}),
        entry_points=MappingProxyType({}),
        schemas=MappingProxyType({}),
        address=replace(rule, marker="").line(Path(), locked.commit),
    )
