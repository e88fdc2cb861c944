"""Plain values that remember where they stood; nothing is executed, guessed or unfolded without bound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from penstock_api.errors import ConfigError, Problem
from penstock_api.yaml.limits import MAX_BYTES, MAX_VALUES
from penstock_api.yaml.nodes import MapNode, Node, ScalarNode, SequenceNode, TextError, compose
from penstock_api.yaml.scalars import Scalar, resolve, tagged

__all__ = ("Document", "Path", "Position", "load")

Path: TypeAlias = tuple[str | int, ...]
_SCALAR_TAGS = frozenset({"str", "int", "float", "bool", "null"})
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a value stands; lines and columns count from 1. Line 0: not in a file, `file` says where."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML text. `value` is made of dict, list, str, int, float, bool and None.

    `positions` has the place of the key of every mapping entry, of every list element, and of the whole.
    """

    value: Any  # Any: whatever the text holds
    positions: Mapping[Path, Position] = field(default_factory=dict)

    def position(self, path: Path) -> Position | None:
        """The place of `path`, or of the nearest thing around it."""
        ends = range(len(path), -1, -1)
        return next((self.positions[path[:end]] for end in ends if path[:end] in self.positions), None)

    def where(self, path: Path) -> str:
        """`file:line` of `path`, or of the nearest thing around it; empty when nothing is known."""
        return str(self.position(path) or "")


def load(data: bytes | str, file: str) -> Document:
    """Read one YAML document; `file` is what messages call it. An empty text is None.

    Raises `ConfigError` with `file:line` for every duplicate key, foreign tag and key that is not text.
    """
    try:
        root = compose(_text(data))
        reader = _Reader(file)
        value = None if root is None else reader.value(root, ())
    except TextError as error:
        raise ConfigError(Problem((), error.what, error.hint, f"{file}:{error.line}")) from None
    if reader.problems:
        raise ConfigError(*reader.problems)
    reader.positions.setdefault((), Position(file, 1, 1))
    return Document(value, MappingProxyType(reader.positions))


def _text(data: bytes | str) -> str:
    plain = "save it as plain UTF-8"
    try:
        data = data.encode() if isinstance(data, str) else data
        text = data.decode()
    except UnicodeError:
        raise TextError("not UTF-8", 1, plain) from None
    if len(data) > MAX_BYTES:
        raise TextError(f"larger than {MAX_BYTES // 1024 // 1024} MiB", 1)
    if data.startswith(_BOMS):
        raise TextError("starts with a byte order mark", 1, plain)
    if "\0" in text:
        raise TextError("holds a NUL character", text[: text.index("\0")].count("\n") + 1, plain)
    return text


class _Reader:
    """Walks nodes and counts what it unfolds, so that a few aliases cannot become a million values."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0
        self._merged: dict[MapNode, dict[str, tuple[Node, Node]]] = {}
        self.positions: dict[Path, Position] = {}
        self.problems: list[Problem] = []

    def value(self, node: Node, path: Path) -> Any:  # Any: whatever the text holds
        """The value of `node`, which stands at `path`."""
        self._spend(node)
        self.positions.setdefault(path, self._at(node))
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self._plain_tag(node, path, "map" if isinstance(node, MapNode) else "seq")
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.items)]
        return dict(self._entries(node, path))

    def _entries(self, node: MapNode, path: Path) -> Iterator[tuple[str, Any]]:  # Any: as above
        for name, (key, value) in self._pairs(node, path).items():
            below = (*path, name)
            self.positions[below] = self._at(key)
            yield name, self.value(value, below)

    def _pairs(self, node: MapNode, path: Path) -> dict[str, tuple[Node, Node]]:
        """The entries of a mapping by key; those that `<<` brings in come last and never win."""
        if node in self._merged:
            return self._merged[node]
        own: dict[str, tuple[Node, Node]] = {}
        brought: list[Node] = []
        for key, value in node.pairs:
            if isinstance(key, ScalarNode) and key.plain and key.text == "<<":
                brought.extend(value.items if isinstance(value, SequenceNode) else (value,))
                continue
            name = self._key(key, path)
            if name is None:
                continue
            if name in own:
                what = f"duplicate key, first on line {own[name][0].line}"
                self._problem(key, (*path, name), what)
                continue
            own[name] = key, value
        for source in brought:
            self._bring(source, own, path)
        self._merged[node] = own
        return own

    def _bring(self, source: Node, own: dict[str, tuple[Node, Node]], path: Path) -> None:
        if not isinstance(source, MapNode):
            self._problem(source, path, "`<<` takes a mapping or a list of mappings")
            return
        for name, pair in self._pairs(source, path).items():
            self._spend(source)
            own.setdefault(name, pair)

    def _key(self, node: Node, path: Path) -> str | None:
        if isinstance(node, ScalarNode) and not (node.plain and resolve(node.text) is None):
            return node.text
        self._problem(node, path, "a key must be text")
        return None

    def _scalar(self, node: ScalarNode, path: Path) -> Scalar:
        if node.plain:
            return resolve(node.text)
        if node.tag is None or node.tag == "!":
            return node.text
        if node.tag not in _SCALAR_TAGS:
            self._plain_tag(node, path, "")
            return None
        try:
            return tagged(node.tag, node.text)
        except ValueError:
            self._problem(node, path, f"not a value of its tag: !!{node.tag}")
            return None

    def _plain_tag(self, node: Node, path: Path, allowed: str) -> None:
        if node.tag not in {None, "!", allowed}:
            self._problem(node, path, "YAML tags are refused", "remove the tag")

    def _spend(self, node: Node) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            raise TextError(f"unfolds to more than {MAX_VALUES} values", node.line)

    def _at(self, node: Node) -> Position:
        return Position(self._file, node.line, node.column)

    def _problem(self, node: Node, path: Path, what: str, hint: str = "") -> None:
        self.problems.append(Problem(path, what, hint, str(self._at(node))))
