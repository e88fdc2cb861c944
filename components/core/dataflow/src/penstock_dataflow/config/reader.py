"""Reads untyped values strictly and collects what is wrong with them, instead of stopping at the first."""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar  # Any: values that are not checked yet

from penstock_api import ConfigError, Expanded, Problem
from penstock_api.yaml import Document, Path

__all__ = ("Reader", "nearest", "where")

T = TypeVar("T")


def nearest(word: str, known: Collection[str]) -> str:
    """A hint that names what was probably meant, or all that is known."""
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known are {', '.join(sorted(known))}" if known else ""


def where(document: Document, path: Path) -> str:
    """`file:line:column` of `path`, or of the nearest thing around it; empty when nothing is known."""
    position = document.position(path)
    return f"{position}:{position.column}" if position and position.line else str(position or "")


class Reader:
    """The problems of one document, and ways to read its parts that add to them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._problems: list[Problem] = []

    def problem(self, path: Path, what: str, hint: str = "") -> None:
        """Note a mistake at `path`."""
        self._problems.append(Problem(path, what, hint, where(self.document, path)))

    def problems(self) -> tuple[Problem, ...]:
        """What was noted, in file order."""
        return tuple(sorted(self._problems, key=self._order))

    @property
    def failed(self) -> bool:
        """Whether there is a problem."""
        return bool(self._problems)

    def raise_problems(self) -> None:
        """Raise `ConfigError` when there is a problem."""
        if self._problems:
            raise ConfigError(*self.problems())

    def attempt(self, read: Callable[[], T]) -> T | None:
        """What `read` returns; of a `ConfigError` the problems are noted and None is returned."""
        try:
            return read()
        except ConfigError as error:
            for one in error.problems:
                self.problem(one.path, one.what, one.hint)
            return None

    def mapping(
        self,
        value: Any,
        path: Path,
        *,
        known: Collection[str],
        refused: Mapping[str, str] = MappingProxyType({}),
    ) -> Mapping[str, Any]:
        """`value` as a mapping of known keys, null as empty; see `without` for `refused`."""
        found = self.without(self.entries(value, path), path, refused)
        for key in found:
            if key not in known:
                self.problem((*path, key), "unknown key", nearest(key, known))
        return {key: one for key, one in found.items() if key in known}

    def without(self, found: Mapping[str, Any], path: Path, refused: Mapping[str, str]) -> Mapping[str, Any]:
        """`found` without the keys of `refused`, which make no sense here: it tells what to use instead."""
        for key in found:
            if key in refused:
                self.problem((*path, key), f"this engine has no `{key}`", refused[key])
        return {key: one for key, one in found.items() if key not in refused}

    def entries(self, value: Any, path: Path) -> Mapping[str, Any]:
        """`value` as a mapping of any keys, null as empty."""
        if value is None or isinstance(value, Mapping):
            return value or {}
        self._expected("a mapping", value, path)
        return {}

    def items(self, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
        """The elements of the list `value` with their paths, null as empty."""
        if value is None or isinstance(value, (list, tuple)):
            for index, one in enumerate(value or ()):
                yield (*path, index), one
            return
        self._expected("a list", value, path)

    def text(self, value: Any, path: Path) -> str | None:
        """`value` as text that is not empty."""
        if isinstance(value, Expanded):
            value = value.text
        if not isinstance(value, str):
            self._expected("a string", value, path)
            return None
        if not value.strip():
            self.problem(path, "must not be empty")
            return None
        return value

    def description(self, found: Mapping[str, Any], path: Path) -> str:
        """The `description` in the mapping at `path`; empty when there is none."""
        value = found.get("description")
        return "" if value is None else self.text(value, (*path, "description")) or ""

    def texts(self, value: Any, path: Path) -> Iterator[tuple[Path, str]]:
        """The text `value`, or each of a list of texts, with their paths."""
        every = self.items(value, path) if isinstance(value, (list, tuple)) else iter([(path, value)])
        for where, one in every:
            text = self.text(one, where)
            if text is not None:
                yield where, text

    def _expected(self, what: str, value: Any, path: Path) -> None:
        shown = value.value if isinstance(value, Expanded) else value
        names = {dict: "a mapping", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
        got = names.get(type(shown), f"a value of type {type(shown).__name__}")
        suffix = f": {shown!r}" if isinstance(shown, (str, int, float)) else ""
        self.problem(path, f"expected {what}, got {got}{suffix}")

    def _order(self, problem: Problem) -> tuple[int, int]:
        position = self.document.position(problem.path)
        return (position.line, position.column) if position else (0, 0)
