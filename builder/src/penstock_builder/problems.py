"""One mistake in a user's file: where, what, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ("KeyPath", "Problem", "listed", "shown")

KeyPath = tuple[str | int, ...]

_LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Orders by file and position, so that a sorted list reads like the file."""

    file: str
    line: int
    column: int
    path: str = ""
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """`file:line:column: key path: what`, and the hint as a paragraph of its own.

        A file that cannot be read has no line 1.
        """
        where = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: "
        subject = f"{self.path}: " if self.path else ""
        return f"{where}{subject}{self.what}" + (f"\n\nhint: {self.hint}" if self.hint else "")


def shown(path: KeyPath) -> str:
    """Spell a key path the way the documentation does: `receivers[0].package`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def listed(problems: Iterable[Problem]) -> str:
    """All problems in file order, each once; a hopeless file is cut off and counted."""
    unique = sorted(set(problems))
    lines = [str(problem) for problem in unique[:_LIMIT]]
    if len(unique) > _LIMIT:
        lines.append(f"and {len(unique) - _LIMIT} more")
    return "\n\n".join(lines)
