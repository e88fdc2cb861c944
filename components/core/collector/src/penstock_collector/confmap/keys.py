"""Keys written with `::` are nested mappings."""

from typing import Any  # Any: whatever the user's file holds

from penstock_api import ConfigError, Problem
from penstock_api.yaml import Document, Path, Position

__all__ = ("split_keys",)

_DELIMITER = "::"


def split_keys(document: Document) -> Document:
    """`document` with `a::b: 1` as `a: {b: 1}`. Raises `ConfigError` when two keys meet in one place."""
    if not any(isinstance(part, str) and _DELIMITER in part for path in document.positions for part in path):
        return document
    splitter = _Splitter(document)
    value = splitter.value(document.value, (), ())
    if splitter.problems:
        raise ConfigError(*splitter.problems)
    return Document(value, splitter.positions)


class _Splitter:
    def __init__(self, document: Document) -> None:
        self._document = document
        self.positions: dict[Path, Position] = {}
        self.problems: list[Problem] = []

    def value(self, value: Any, old: Path, new: Path) -> Any:
        """`value`, which stood at `old` and shall stand at `new`."""
        place = self._document.position(old)
        if place is not None:
            self.positions.setdefault(new, place)
        if isinstance(value, list):
            return [self.value(one, (*old, index), (*new, index)) for index, one in enumerate(value)]
        if not isinstance(value, dict):
            return value
        nested: dict[str, Any] = {}
        for key, one in value.items():
            self._place(nested, key, self._entry(key, one, old, new), (*old, key), new)
        return nested

    def _entry(self, key: str, value: Any, old: Path, new: Path) -> Any:
        parts = key.split(_DELIMITER)
        place = self._document.position((*old, key))
        for end in range(1, len(parts) + 1):
            if place is not None:
                self.positions.setdefault((*new, *parts[:end]), place)
        return self.value(value, (*old, key), (*new, *parts))

    def _place(self, into: dict[str, Any], key: str, value: Any, old: Path, new: Path) -> None:
        """Put `value` at `key` of `into`; two mappings in one place become one."""
        head, delimiter, rest = key.partition(_DELIMITER)
        below = (*new, head)
        if delimiter and isinstance(into.setdefault(head, {}), dict):
            self._place(into[head], rest, value, old, below)
        elif not delimiter and head not in into:
            into[head] = value
        elif not delimiter and isinstance(into[head], dict) and isinstance(value, dict):
            for inner, one in value.items():
                self._place(into[head], inner, one, (*old, inner), below)
        else:
            what = f"duplicate key, also written in another way: {key}"
            self.problems.append(Problem(below, what, where=self._document.where(old)))
