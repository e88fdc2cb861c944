"""What differs between two states of a file or a folder, said as a unified diff."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

__all__ = ("Difference", "differences", "unified")

_LONGEST_DIFF = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One file that is not as expected; `kind` is changed, missing or extra."""

    path: PurePosixPath
    kind: str
    diff: str


def differences(
    expected: Mapping[PurePosixPath, str], actual: Mapping[PurePosixPath, bytes]
) -> tuple[Difference, ...]:
    """Compare what should be there with what is there; bytes, because a file may have become anything."""
    return tuple(_compare(expected, actual))


def _compare(
    expected: Mapping[PurePosixPath, str], actual: Mapping[PurePosixPath, bytes]
) -> Iterator[Difference]:
    for path in sorted(expected.keys() | actual.keys()):
        wanted = expected[path].encode() if path in expected else None
        found = actual.get(path)
        if wanted == found:
            continue
        kind = "missing" if found is None else "extra" if wanted is None else "changed"
        yield Difference(path=path, kind=kind, diff=unified(path, found or b"", wanted or b""))


def unified(path: PurePosixPath, old: bytes, new: bytes) -> str:
    """The diff that turns `old`, on disk, into `new`, rendered; cut off when nobody would read it."""
    lines = list(
        difflib.unified_diff(
            _lines(old), _lines(new), f"{path} (on disk)", f"{path} (rendered)", n=2, lineterm=""
        )
    )
    if not lines:
        return f"--- {path} (on disk)\n+++ {path} (rendered)\nonly line endings differ\n"
    kept = lines[:_LONGEST_DIFF]
    if len(lines) > _LONGEST_DIFF:
        kept.append(f"... and {len(lines) - _LONGEST_DIFF} more lines")
    return "".join(f"{line}\n" for line in kept)


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", errors="backslashreplace").splitlines()
