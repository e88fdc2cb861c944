"""Errors, named by what the caller does about them.

PenstockError
├── ConfigError        fix the file: every problem found, in file order
├── StartError         the component cannot start: the service stops
└── ConsumeError       a batch was not accepted
    ├── RetryableError   offer it again, after `after` seconds if given
    ├── PermanentError   the same input fails again: drop and count
    │   └── MalformedError   the bytes are not what they claim to be: tell the sender
    └── PartialError     `rejected` items were refused for good, the rest was accepted
"""

from dataclasses import dataclass

__all__ = (
    "ConfigError",
    "ConsumeError",
    "MalformedError",
    "PartialError",
    "PenstockError",
    "PermanentError",
    "Problem",
    "RetryableError",
    "StartError",
)


class PenstockError(Exception):
    """Root of all errors that Penstock raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a user's file.

    `path` leads to the value (keys and list indexes); `where` is `file:line` once somebody who knows
    the file has filled it in; `what` is lower case, the bad value last; `hint` says how to mend it.
    """

    path: tuple[str | int, ...]
    what: str
    hint: str = ""
    where: str = ""

    def __str__(self) -> str:
        path = "::".join(map(str, self.path))
        line = ": ".join(part for part in (self.where, path, self.what) if part)
        return f"{line}\n  hint: {self.hint}" if self.hint else line


class ConfigError(PenstockError):
    """The user's file is wrong. `problems` holds every mistake, in file order."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    @classmethod
    def single(cls, what: str, *, path: tuple[str | int, ...] = (), hint: str = "") -> "ConfigError":
        """An error with one problem."""
        return cls(Problem(path, what, hint))

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class StartError(PenstockError):
    """A component could not start, for a reason that the user can act on (port in use, bad key file)."""


class ConsumeError(PenstockError):
    """A batch was not accepted. `code` is a gRPC status code when one is known, else None."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class RetryableError(ConsumeError):
    """Not accepted now; the same batch may be accepted later, not before `after` seconds if that is given."""

    def __init__(self, message: str, *, after: float | None = None, code: int | None = None) -> None:
        super().__init__(message, code=code)
        self.after = after


class PermanentError(ConsumeError):
    """Never to be accepted: the same input fails again."""


class MalformedError(PermanentError):
    """The bytes are not a valid request; the fault is the sender's."""


class PartialError(ConsumeError):
    """Accepted in part: `rejected` items were refused for good and must not be sent again."""

    def __init__(self, message: str, *, rejected: int, code: int | None = None) -> None:
        super().__init__(message, code=code)
        self.rejected = rejected
