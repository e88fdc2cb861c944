"""Conditions (PEP 508) of components: what they may ask, and how the rendered code asks it when it starts.

A wheel is the same everywhere, so whether it has a component is decided where it runs, with the standard
library alone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import InvalidMarker, Marker

from penstock_builder.words import WordError

__all__ = ("Condition", "condition", "either", "marker", "narrowed")

_TEXTS: Mapping[str, str] = {
    "implementation_name": "sys.implementation.name",
    "os_name": "os.name",
    "platform_machine": "platform.machine()",
    "platform_python_implementation": "platform.python_implementation()",
    "platform_system": "platform.system()",
    "sys_platform": "sys.platform",
}
_VERSIONS: Mapping[str, str] = {
    "python_full_version": "sys.version_info[:3]",
    "python_version": "(*sys.version_info[:2], 0)",
}
_WORD = r'"[^"]*"|[a-z_]+'
_COMPARISON = re.compile(
    rf"(?<![\w\"])(?P<left>{_WORD}) (?P<sign>not in|in|[<>=!~]+) (?P<right>{_WORD})(?![\w\"])"
)
_BETWEEN = re.compile(r"(?:[() ]|and\b|or\b)*")
_PLAIN = re.compile(r'"[A-Za-z0-9_.+ -]*"\Z')
_NUMBERS = re.compile(r'"(\d+)(?:\.(\d+))?(?:\.(\d+))?"\Z')
_SERIES = re.compile(r'"(\d+)\.(\d+)\.\*"\Z')


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition in its normal spelling, the Python expression that tells it, and what that imports."""

    marker: str
    expression: str
    imports: tuple[str, ...]


def marker(text: str) -> str:
    """Accept the condition of a component, in its normal spelling."""
    return condition(text).marker


def condition(text: str) -> Condition:
    """Read `text`; raises `WordError`."""
    try:
        found = str(Marker(text))
    except InvalidMarker:
        raise WordError(f"is not a condition: {text!r}", "write it like sys_platform == 'linux'") from None
    if not _BETWEEN.fullmatch(_COMPARISON.sub("", found)):
        raise WordError(f"is not a condition that can be used here: {text!r}")
    expression = _COMPARISON.sub(_asked, found)
    imports = tuple(
        name for name in ("os", "platform", "sys") if re.search(rf"(?<![\w.]){name}\.", expression)
    )
    return Condition(marker=found, expression=expression, imports=imports)


def narrowed(marker: str, condition: str) -> str:
    """Both hold; an empty one always does."""
    return f"({marker}) and ({condition})" if marker and condition else marker or condition


def either(conditions: Iterable[str]) -> str:
    """One of them holds; empty if one always does."""
    found = sorted(set(conditions))
    if "" in found or len(found) == 1:
        return found[0]
    return " or ".join(f"({one})" for one in found)


def _asked(found: re.Match[str]) -> str:
    left, sign, right = found["left"], found["sign"], found["right"]
    if left in _VERSIONS:
        return _compared(left, sign, right)
    for side in (left, right):
        if side not in _TEXTS and not _PLAIN.match(side):
            known = ", ".join(sorted({*_TEXTS, *_VERSIONS}))
            what = f"cannot be told when the collector starts: {found[0]}"
            raise WordError(what, f"a variable on the left may be {known}")
    if sign not in {"==", "!=", "in", "not in"}:
        raise WordError(f"compares texts with {sign}: {found[0]}", "use ==, !=, in or not in")
    return f"{_TEXTS.get(left, left)} {sign} {_TEXTS.get(right, right)}"


def _compared(name: str, sign: str, right: str) -> str:
    """Versions of Python, as numbers; `==` and `!=` may name a whole series, `"3.12.*"`."""
    if (series := _SERIES.match(right)) and sign in {"==", "!="}:
        return f"sys.version_info[:2] {sign} ({series[1]}, {series[2]})"
    numbers = _NUMBERS.match(right)
    if numbers is None or sign not in {"==", "!=", "<", "<=", ">", ">="}:
        what = f"is no version that can be compared: {name} {sign} {right}"
        raise WordError(what, 'write it like python_version >= "3.12"')
    wanted = ", ".join(str(int(number or 0)) for number in numbers.groups())
    return f"{_VERSIONS[name]} {sign} ({wanted})"
