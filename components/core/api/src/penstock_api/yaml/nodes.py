"""YAML text to nodes, from the events of PyYAML's C parser.

Its own composer recurses in C and dies on deep nesting; this one counts the depth.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from yaml import MarkedYAMLError, YAMLError
from yaml._yaml import CParser, Mark
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)
from yaml.reader import ReaderError

from penstock_api.yaml.limits import MAX_DEPTH

__all__ = ("MapNode", "Node", "ScalarNode", "SequenceNode", "TextError", "compose")

_CORE: Final = "tag:yaml.org,2002:"


class TextError(Exception):
    """The text is not YAML that we read; `line` counts from 1."""

    def __init__(self, what: str, line: int, hint: str = "") -> None:
        super().__init__(what, line, hint)
        self.what = what
        self.line = line
        self.hint = hint


@dataclass(frozen=True, slots=True, eq=False)
class ScalarNode:
    """`tag` is None unless written; core tags without their prefix."""

    line: int
    column: int
    tag: str | None
    text: str
    plain: bool


@dataclass(frozen=True, slots=True, eq=False)
class SequenceNode:
    """A list."""

    line: int
    column: int
    tag: str | None
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class MapNode:
    """A mapping, with every pair as written."""

    line: int
    column: int
    tag: str | None
    pairs: "tuple[tuple[Node, Node], ...]"


Node: TypeAlias = ScalarNode | SequenceNode | MapNode


def compose(text: str) -> Node | None:
    """The one document in `text`, None when it is empty. Raises `TextError`."""
    parser = CParser(text)
    try:
        return _Composer(parser).document()
    except MarkedYAMLError as error:
        raise _syntax(error, text) from None
    except ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise TextError(f"not valid YAML: {error.reason}", line) from None
    except YAMLError:
        raise TextError("not valid YAML", 1) from None
    finally:
        parser.dispose()


def _syntax(error: MarkedYAMLError, text: str) -> TextError:
    mark = error.problem_mark or error.context_mark
    what = " ".join(str(error.problem or error.context).split())
    if mark is None:
        return TextError(f"not valid YAML: {what}", 1)
    line = [*text.splitlines()[mark.line : mark.line + 1], ""][0]
    hint = ""
    if line[mark.column : mark.column + 1] == "\t":
        hint = "indent with spaces, not with tabs"
    elif line[mark.column : mark.column + 1] in {"@", "%", "`"}:
        hint = f"put the value in quotes: it starts with {line[mark.column]}"
    return TextError(f"not valid YAML: {what}", mark.line + 1, hint)


class _Composer:
    def __init__(self, parser: CParser) -> None:
        self._parser = parser
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        event = self._next()
        while isinstance(event, (StreamStartEvent, DocumentStartEvent)):
            event = self._next()
        if not isinstance(event, NodeEvent):
            return None
        root = self._node(event, 0)
        end = self._next()
        while isinstance(end, DocumentEndEvent):
            end = self._next()
        if isinstance(end, DocumentStartEvent):
            raise TextError("a second document starts here", _place(end)[0], "keep one document per file")
        return root

    def _next(self) -> Event:
        event = self._parser.get_event()
        assert event is not None
        return event

    def _node(self, event: Event, depth: int) -> Node:
        line, column = _place(event)
        if depth > MAX_DEPTH:
            raise TextError(f"nested more than {MAX_DEPTH} levels deep", line)
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise TextError(f"alias refers to itself or to no anchor: {event.anchor}", line)
            return self._anchors[event.anchor]
        node: Node
        if isinstance(event, ScalarEvent):
            plain = event.implicit[0] and event.tag is None
            node = ScalarNode(line, column, _tag(event.tag), event.value, plain)
        elif isinstance(event, SequenceStartEvent):
            node = SequenceNode(line, column, _tag(event.tag), self._items(depth))
        else:
            assert isinstance(event, MappingStartEvent)
            node = MapNode(line, column, _tag(event.tag), self._pairs(depth))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _items(self, depth: int) -> tuple[Node, ...]:
        items = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return tuple(items)

    def _pairs(self, depth: int) -> tuple[tuple[Node, Node], ...]:
        pairs = []
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._node(event, depth + 1)
            pairs.append((key, self._node(self._next(), depth + 1)))
        return tuple(pairs)


def _place(event: Event) -> tuple[int, int]:
    assert isinstance(event.start_mark, Mark)
    return event.start_mark.line + 1, event.start_mark.column + 1


def _tag(tag: str | None) -> str | None:
    return None if tag is None else tag.removeprefix(_CORE)
