"""Lays one configuration over another."""

from collections.abc import Callable
from typing import Any  # Any: whatever the user's files hold

from penstock_api.yaml import Document, Path

__all__ = ("Append", "append_lists", "merge", "replace_lists")

Append = Callable[[Path], bool]
"""Says whether the lists at a path are joined instead of replaced."""


def replace_lists(_path: Path) -> bool:
    """A later list takes the place of an earlier one."""
    return False


def append_lists(path: Path) -> bool:
    """Join lists of ids whose order does not matter: what gate `confmap.enableMergeAppendOption` does."""
    if path[:1] != ("service",):
        return False
    return path == ("service", "extensions") or (len(path) > 2 and path[-1] in {"receivers", "exporters"})


def merge(base: Document, over: Document, append: Append = replace_lists) -> Document:
    """`over` laid on `base`: mappings are merged; any other value, even null, takes the place of the old one.

    Positions follow: what is replaced stands where `over` has it, what is kept where `base` had it.
    """
    replaced: set[Path] = set()
    value = _merge(base.value, over.value, (), replaced, append)
    kept = {path: place for path, place in base.positions.items() if not _inside(path, replaced)}
    added = {path: place for path, place in over.positions.items() if path not in kept}
    return Document(value, {**kept, **added})


def _merge(base: Any, over: Any, path: Path, replaced: set[Path], append: Append) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        merged = dict(base)
        for key, value in over.items():
            below = (*path, key)
            merged[key] = _merge(base[key], value, below, replaced, append) if key in base else value
        return merged
    replaced.add(path)
    if isinstance(base, list) and isinstance(over, list) and append(path):
        return [*base, *(one for one in over if one not in base)]
    return over


def _inside(path: Path, replaced: set[Path]) -> bool:
    return bool(replaced) and any(path[:end] in replaced for end in range(len(path) + 1))
