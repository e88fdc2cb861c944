"""A document taken apart, so that it can be joined and changed, and every part keeps its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from penstock_builder.document import Document, Unquoted, Value
from penstock_builder.problems import KeyPath

__all__ = ("Branch", "branch", "document", "leaf", "renamed")

_Content: TypeAlias = "Mapping[str, Branch] | tuple[Branch, ...] | str | bool | Unquoted | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One value, where it stands, and where its key does."""

    content: _Content
    file: str
    value: tuple[int, int] = (1, 1)
    key: tuple[int, int] | None = None

    @property
    def items(self) -> Mapping[str, "Branch"]:
        """The content, if it is a mapping."""
        return self.content if isinstance(self.content, Mapping) else {}

    @property
    def entries(self) -> tuple["Branch", ...]:
        """The content, if it is a list."""
        return self.content if isinstance(self.content, tuple) else ()

    def text(self, name: str) -> str | None:
        """The text that stands at `name`."""
        found = self.items.get(name)
        return found.content if found and isinstance(found.content, str) else None

    def holding(self, content: _Content) -> "Branch":
        """The same place with another content."""
        return replace(self, content=content)


def leaf(text: str, like: Branch) -> Branch:
    """A text that was not written but follows from `like`."""
    return Branch(content=text, file=like.file, value=like.value, key=like.key)


def branch(found: Document) -> Branch:
    """Take `found` apart."""

    def part(value: Value, path: KeyPath) -> Branch:
        content: _Content
        if isinstance(value, Mapping):
            content = {name: part(one, (*path, name)) for name, one in value.items()}
        elif isinstance(value, tuple):
            content = tuple(part(one, (*path, index)) for index, one in enumerate(value))
        else:
            content = value
        place = found.values.get(path, (1, 1))
        return Branch(content=content, file=found.source(path), value=place, key=found.keys.get(path))

    return part(found.value, ())


def document(root: Branch, like: Document) -> Document:
    """Put the parts together again; the mistakes and the text are those of `like`."""
    keys: dict[KeyPath, tuple[int, int]] = {}
    values: dict[KeyPath, tuple[int, int]] = {}
    files: dict[KeyPath, str] = {}

    def part(one: Branch, path: KeyPath) -> Value:
        values[path], files[path] = one.value, one.file
        if one.key:
            keys[path] = one.key
        if isinstance(one.content, Mapping):
            return {name: part(inner, (*path, name)) for name, inner in one.content.items()}
        if isinstance(one.content, tuple):
            return tuple(part(inner, (*path, index)) for index, inner in enumerate(one.content))
        return one.content

    return replace(
        like,
        value=part(root, ()),
        keys=MappingProxyType(keys),
        values=MappingProxyType(values),
        files=MappingProxyType(files),
    )


def renamed(one: Branch, rename: Callable[[str], str]) -> Branch:
    """Every key spelt anew, at any depth; of two that become the same, the last wins."""
    if isinstance(one.content, Mapping):
        return one.holding({rename(name): renamed(inner, rename) for name, inner in one.content.items()})
    if isinstance(one.content, tuple):
        return one.holding(tuple(renamed(inner, rename) for inner in one.content))
    return one
