"""Every way the builder can fail, named by who mends it.

BuilderError
+-- ManifestError      the user mends the manifest (exit 2)
+-- ScaffoldError      the user asks for something that cannot be made, or not there (exit 2)
+-- ResolutionError    the manifest and the projects it names disagree
+-- LockError          the requirements cannot be locked, or the lock is missing or stale
+-- OutputError        writing would lose what somebody else wrote
+-- DriftError         the committed output is not what the manifest gives
+-- BuildError         the wheel could not be made
+-- SignatureError     what was built is not what was signed, or cannot be signed
+-- ToolError          a program the builder needs is missing or of another version (exit 3)
"""

from collections.abc import Iterable
from typing import ClassVar

from penstock_builder.problems import Problem, listed

__all__ = (
    "BuildError",
    "BuilderError",
    "DriftError",
    "LockError",
    "ManifestError",
    "OutputError",
    "ResolutionError",
    "ScaffoldError",
    "SignatureError",
    "ToolError",
)


class BuilderError(Exception):
    """The root: what happened, and a hint that says how to go on."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n\nhint: {self.hint}" if self.hint else self.what


class _ProblemsError(BuilderError):
    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(listed(self.problems))

    def __reduce__(self) -> tuple[type, tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class ManifestError(_ProblemsError):
    """The manifest is wrong; carries every mistake of the file, not only the first."""

    exit_code = 2


class ResolutionError(_ProblemsError):
    """The manifest is well formed, but asks for versions that the projects it names do not have."""


class LockError(BuilderError):
    """There is no usable lock."""


class OutputError(BuilderError):
    """The output folder holds what this run must not overwrite."""


class DriftError(BuilderError):
    """The output on disk differs from a fresh render; `edited` as `check.Report` has it."""

    def __init__(self, what: str, hint: str = "", *, edited: bool = False) -> None:
        super().__init__(what, hint)
        self.edited = edited


class BuildError(BuilderError):
    """The wheel could not be built."""


class SignatureError(BuilderError):
    """A signature cannot be made, or does not hold."""


class ToolError(BuilderError):
    """The machine lacks something that no file can mend."""

    exit_code = 3


class ScaffoldError(BuilderError):
    """What was asked for cannot be made, or not there; nothing was written."""

    exit_code = 2
