"""Gathers every mistake of a configuration, so that one run reports them all in file order."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from penstock_api import ConfigError, Expanded, Problem
from penstock_api.yaml import Document, Path, Position

__all__ = ("Findings",)

T = TypeVar("T")
_LAST = (1 << 31, 1 << 31, 1 << 31)


class Findings:
    """Mistakes in one document, and warnings."""

    def __init__(self, document: Document, warn: Callable[[str], None]) -> None:
        self._document = document
        self._warn = warn
        self._warned: set[str] = set()
        self._found: list[tuple[tuple[int, int, int], Problem]] = []
        files = dict.fromkeys(place.file for place in document.positions.values())
        self._ranks = {file: rank for rank, file in enumerate(files)}

    def where(self, path: Path) -> str:
        """`file:line` of `path`."""
        return self._document.where(path)

    def add(self, path: Path, what: str, hint: str = "", *, at: Path | None = None) -> None:
        """Note a mistake at `path`, which stands `at` another place if that is given."""
        self._note(Problem(path, what, hint), path if at is None else at)

    def attempt(self, make: Callable[[], T]) -> T | None:
        """What `make` returns; None, and its problems noted, when it raises `ConfigError`."""
        try:
            return make()
        except ConfigError as error:
            for problem in error.problems:
                self._note(problem, problem.path)
            return None

    def mapping(self, value: object, path: Path) -> Mapping[str, object]:
        """`value` as a mapping; null is an empty one, anything else a mistake."""
        if isinstance(value, Expanded):
            value = value.value
        if isinstance(value, Mapping):
            return value
        if value is not None:
            self.add(path, "expected a mapping")
        return {}

    def warn(self, message: str) -> None:
        """Tell the user, once."""
        if message not in self._warned:
            self._warned.add(message)
            self._warn(message)

    def settle(self) -> None:
        """Raise `ConfigError` if anything was found."""
        if self._found:
            raise ConfigError(*(problem for _, problem in sorted(self._found, key=lambda found: found[0])))

    def _note(self, problem: Problem, at: Path) -> None:
        place = self._document.position(at)
        where = problem.where or str(place or "")
        self._found.append((self._rank(place), replace(problem, where=where)))

    def _rank(self, place: Position | None) -> tuple[int, int, int]:
        return _LAST if place is None else (self._ranks[place.file], place.line, place.column)
