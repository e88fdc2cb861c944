"""YAML text to plain values that remember where they stood.

Nothing here knows the manifest. The text is hostile until proven otherwise: its size, its nesting and what
its aliases unfold to are bounded, tags build no objects, and nothing is guessed: `1.10` stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from penstock_builder.errors import ManifestError
from penstock_builder.problems import KeyPath, Problem, shown

__all__ = ("Document", "Unquoted", "Value", "parse", "read", "read_main")

_MAX_BYTES = 256 * 1024  # ten times the largest manifest we know; bounds the time of the YAML parser
_MAX_NODES = 100_000
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Unquoted:
    """A scalar that YAML reads as a number or a date, as it was written."""

    text: str


Value: TypeAlias = "Mapping[str, Value] | tuple[Value, ...] | str | bool | Unquoted | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file: its value, where every key and value stands, and what was wrong on the way."""

    file: str
    value: Value
    keys: Mapping[KeyPath, tuple[int, int]]
    values: Mapping[KeyPath, tuple[int, int]]
    problems: tuple[Problem, ...] = ()
    files: Mapping[KeyPath, str] = field(default_factory=dict)
    """Where a part that comes from another file than `file` was read."""
    text: str = ""

    def problem(self, path: KeyPath, what: str, hint: str = "", *, key: bool = False) -> Problem:
        """Say what is wrong at `path`: at its value or its `key`, or at the nearest parent."""
        line, column = self._position(path, key=key)
        file = self.source(path)
        return Problem(file=file, line=line, column=column, path=shown(path), what=what, hint=hint)

    def source(self, path: KeyPath) -> str:
        """The file that says what stands at `path`."""
        return next(
            (self.files[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.files),
            self.file,
        )

    def comment(self, path: KeyPath) -> str:
        """The comment lines directly above the value at `path`, joined."""
        lines = self.text.splitlines()[: self.line(path) - 1] if self.source(path) == self.file else []
        found: list[str] = []
        while lines and lines[-1].lstrip().startswith("#"):
            found.append(lines.pop().lstrip().lstrip("#").strip())
        return " ".join(reversed(found)).strip()

    def line(self, path: KeyPath) -> int:
        """The line that a message about `path` points to."""
        return self._position(path, key=False)[0]

    def _position(self, path: KeyPath, *, key: bool) -> tuple[int, int]:
        if path in self.values and not key:
            return self.values[path]
        for end in range(len(path), 0, -1):
            found = self.keys.get(path[:end]) or self.values.get(path[:end])
            if found:
                return found
        return (1, 1)


def read(file: Path, *, name: str = "", missing: str = "") -> Document:
    """Read and parse `file`; a file that cannot be read as YAML at all is one `ManifestError`.

    `missing` is the hint for whoever has no such file.
    """
    label = name or str(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        hint = missing if isinstance(error, FileNotFoundError) else ""
        what = f"cannot be read: {error.strerror}"
        raise ManifestError([Problem(file=label, line=0, column=0, what=what, hint=hint)]) from error
    return parse(_decoded(data, label), label)


def read_main(file: Path) -> Document:
    """Read the manifest that a command is about; who has none is told how to come by one."""
    return read(file, missing="`penstock init` makes a manifest, `--config FILE` names another")


def parse(text: str, file: str) -> Document:
    """Parse YAML text; `file` is what messages call it."""
    loader = YAML(typ="safe", pure=True)
    loader.composer.warn_double_anchors = False  # YAML allows them, and a warning for each would have no end
    try:
        root = loader.compose(text)
    except RecursionError:
        raise ManifestError([_at_start(file, "is nested too deeply")]) from None
    except MarkedYAMLError as error:
        raise ManifestError([_syntax(error, file)]) from error
    except YAMLError as error:
        raise ManifestError([_at_start(file, f"is not YAML: {_first_line(str(error))}")]) from error
    if root is None:
        raise ManifestError([_at_start(file, "is empty", "start from the manifest in docs/builder.md")])
    return _Reader(file, text).document(root)


def _decoded(data: bytes, file: str) -> str:
    if len(data) > _MAX_BYTES:
        raise ManifestError([_at_start(file, f"is larger than {_MAX_BYTES // 1024} KiB")])
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise ManifestError([_at_start(file, "starts with a byte order mark", "save it as plain UTF-8")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"is not UTF-8: byte {data[error.start]:#04x} at offset {error.start}"
        raise ManifestError([_at_start(file, what, "save it as plain UTF-8")]) from None


def _at_start(file: str, what: str, hint: str = "") -> Problem:
    return Problem(file=file, line=1, column=1, what=what, hint=hint)


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "unreadable"


def _syntax(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    what = " ".join(str(error.problem or error.context or "unreadable").split())
    return Problem(file=file, line=line, column=column, what=f"is not YAML: {what}")


class _Reader:
    """Walks one node tree; counts what it unfolds, so that a few aliases cannot become a million values."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._keys: dict[KeyPath, tuple[int, int]] = {}
        self._values: dict[KeyPath, tuple[int, int]] = {}
        self._problems: list[Problem] = []
        self._open: list[Node] = []
        self._count = 0

    def document(self, root: Node) -> Document:
        value = self._value(root, ())
        return Document(
            file=self._file,
            value=value,
            keys=MappingProxyType(self._keys),
            values=MappingProxyType(self._values),
            problems=tuple(self._problems),
            text=self._text,
        )

    def _value(self, node: Node, path: KeyPath) -> Value:
        self._count += 1
        if self._count > _MAX_NODES:
            raise ManifestError([self._problem(node, path, f"unfolds to more than {_MAX_NODES} values")])
        if any(node is parent for parent in self._open):
            raise ManifestError([self._problem(node, path, "contains itself through an alias")])
        self._values[path] = _position(node)
        self._refuse_tag(node, path)
        self._open.append(node)
        try:
            return self._content(node, path)
        finally:
            self._open.pop()

    def _content(self, node: Node, path: KeyPath) -> Value:
        if isinstance(node, MappingNode):
            return dict(self._items(node, path))
        if isinstance(node, SequenceNode):
            return tuple(self._value(item, (*path, index)) for index, item in enumerate(node.value))
        return _scalar(node)

    def _items(self, node: MappingNode, path: KeyPath) -> Iterator[tuple[str, Value]]:
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            name = key_node.value if isinstance(key_node, ScalarNode) else None
            if not isinstance(name, str) or not isinstance(_scalar(key_node), str):
                self._problems.append(
                    self._problem(key_node, path, f"a key must be text: {_written(key_node)}")
                )
                continue
            if name in lines:
                what = f"given twice, first on line {lines[name]}"
                self._problems.append(self._problem(key_node, (*path, name), what))
                continue
            line, _ = self._keys[*path, name] = _position(key_node)
            lines[name] = line
            yield name, self._value(value_node, (*path, name))

    def _refuse_tag(self, node: Node, path: KeyPath) -> None:
        if str(node.tag).removeprefix(_TAG) not in _PLAIN_TAGS:
            what = f"YAML tags are refused: {str(node.tag).replace(_TAG, '!!')}"
            self._problems.append(self._problem(node, path, what, "remove the tag"))

    def _problem(self, node: Node, path: KeyPath, what: str, hint: str = "") -> Problem:
        line, column = _position(node)
        return Problem(file=self._file, line=line, column=column, path=shown(path), what=what, hint=hint)


_PLAIN_TAGS = frozenset({"map", "seq", "str", "int", "float", "bool", "null", "timestamp", "value", "merge"})
_TEXT_TAGS = frozenset({"str", "value"})


def _position(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _written(node: Node) -> str:
    return str(node.value) if isinstance(node, ScalarNode) else "a list or a mapping"


def _scalar(node: Node) -> str | bool | Unquoted | None:
    tag, text = str(node.tag).removeprefix(_TAG), str(node.value)
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    return text if tag in _TEXT_TAGS else Unquoted(text)
