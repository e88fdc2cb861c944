"""A version of a Go module as Python writes versions (PEP 440)."""

import re

from packaging.version import InvalidVersion, Version

from penstock_builder.words import WordError

__all__ = ("bound", "rewritten")

_PSEUDO = re.compile(
    r"(?P<base>\d+\.\d+\.\d+)-(?:(?P<label>[0-9A-Za-z.-]*?)\.?(?:\b0\.)?)?(?P<time>\d{14})-(?P<commit>[0-9a-f]{12})\Z"
)
_NIGHTLY = re.compile(r"(?P<base>\d+\.\d+\.\d+)-nightly\.(?P<rest>[0-9A-Za-z.]+)\Z")


def rewritten(text: str) -> str:
    """`text` as PEP 440 has it; raises `WordError` for what is no version of a Go module.

    A pseudo-version becomes a development release of its base, with the commit as local label. A label that
    Python has no word for is kept in front of the commit.
    """
    bare = text.removeprefix("v").removesuffix("+incompatible")
    if found := _PSEUDO.match(bare):
        return _pseudo(found["base"], found["label"] or "", found["time"], found["commit"])
    if found := _NIGHTLY.match(bare):
        return str(Version(f"{found['base']}.dev0+nightly.{found['rest']}"))
    try:
        return str(Version(bare))
    except InvalidVersion:
        raise WordError(f"is not a version of a Go module: {text!r}", "write it like v1.2.3") from None


def _pseudo(base: str, label: str, time: str, commit: str) -> str:
    label = label.removesuffix(".0").removesuffix("0") if label in {"0", ""} else label.removesuffix(".0")
    try:
        return str(Version(f"{base}{label}.dev{time}+g{commit}" if label else f"{base}.dev{time}+g{commit}"))
    except InvalidVersion:
        local = re.sub(r"[^0-9A-Za-z]+", ".", label).lower()
        return str(Version(f"{base}.dev{time}+{local}.g{commit}"))


def bound(version: str) -> str:
    """What a component of this version is asked for: the same major and minor, whatever the patch."""
    parsed = Version(version)
    return f"=={parsed.major}.{parsed.minor}.*"
