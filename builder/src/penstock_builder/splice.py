"""Changes a YAML text at a few places and keeps every other byte: comments, layout, quotes, line endings.

ruamel.yaml says where things stand; the text itself is cut and joined here.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from penstock_builder.problems import KeyPath, shown

__all__ = ("Layout", "SpliceError", "appended", "assigned", "removed", "written")

_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./=<>~!,+\[\] -]|:(?=\S))*[A-Za-z0-9_./+\]]|[A-Za-z]")
_STEP = "  "


class SpliceError(ValueError):
    """The text is laid out in a way that cannot be changed safely; a person can."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A text and its nodes."""

    text: str
    root: MappingNode

    @classmethod
    def of(cls, text: str) -> "Layout":
        """Raises `SpliceError` for a text that is no mapping."""
        try:
            root = YAML(typ="safe", pure=True).compose(text)
        except YAMLError as error:
            raise SpliceError("is not YAML") from error
        if not isinstance(root, MappingNode):
            raise SpliceError("is not a mapping")
        return cls(text, root)

    def section(self, name: str) -> Node | None:
        """The value of a key at the top."""
        return _value(self.root, name)

    @property
    def newline(self) -> str:
        """The line ending of the text."""
        return "\r\n" if "\r\n" in self.text else "\n"


def written(value: str) -> str:
    """A text as YAML has it: plain where that is read as the same text, else in double quotes."""
    words = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
    plain = _PLAIN.fullmatch(value) and value.lower() not in words and "  " not in value
    return value if plain else json.dumps(value, ensure_ascii=False)


def assigned(layout: Layout, path: KeyPath, value: str) -> str:
    """The text with another `value` where `path` has a line of text."""
    node: Node | None = layout.root
    for part in path:
        if isinstance(node, SequenceNode) and isinstance(part, int):
            node = node.value[part]
        else:
            node = _value(node, str(part)) if node else None
    if not isinstance(node, ScalarNode) or node.style in {"|", ">"}:
        raise SpliceError(f"is not a line of text: {shown(path)}")
    quote = node.style if node.style in {"'", '"'} else ""
    single = "'" + value.replace("'", "''") + "'"
    new = {"": written(value), "'": single, '"': json.dumps(value, ensure_ascii=False)}[quote]
    return _cut(layout.text, node.start_mark.index, node.end_mark.index, new)


def appended(layout: Layout, section: str, item: Mapping[str, str] | str) -> str:
    """The text with one more `item` at the end of a list, which is made if there is none."""
    node, newline = layout.section(section), layout.newline
    if isinstance(node, SequenceNode) and node.value and not node.flow_style:
        dash = node.start_mark.column
        lines = _lines(item, " " * dash)
        return _insert_lines(layout.text, _last_index(node), lines, newline)
    if isinstance(node, SequenceNode) and node.value:
        end = _last_index(node.value[-1])
        return _cut(layout.text, end, end, f", {_flow(item)}")
    lines = _lines(item, _STEP)
    if node is None:
        return _at_end(layout.text, [f"{section}:", *lines], newline)
    key = next(key for key, value in layout.root.value if value is node)
    emptied = layout.text
    if _last_index(node) > node.start_mark.index:  # `[]` or `null`, written out
        emptied = _cut(emptied, key.end_mark.index, _last_index(node), ":")
    return _insert_lines(emptied, key.end_mark.index, lines, newline)


def removed(layout: Layout, section: str, index: int) -> str:
    """The text without one item; the section goes with its last one."""
    node = layout.section(section)
    if not isinstance(node, SequenceNode):
        raise SpliceError(f"is not a list: {section}")
    item: Node = node.value[index]
    if len(node.value) == 1:
        key = next(key for key, value in layout.root.value if value is node)
        return _without_lines(layout.text, key.start_mark.index, _last_index(node))
    if not node.flow_style:
        dash = layout.text.rindex("-", 0, item.start_mark.index)
        return _without_lines(layout.text, dash, _last_index(item))
    if index:
        return _cut(layout.text, _last_index(node.value[index - 1]), _last_index(item), "")
    return _cut(layout.text, item.start_mark.index, node.value[1].start_mark.index, "")


def _value(node: Node, name: str) -> Node | None:
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if isinstance(key, ScalarNode) and key.value == name:
            found: Node = value
            return found
    return None


def _last_index(node: Node) -> int:
    """Where the last character of a node's own text ends; block collections end at the next token."""
    children: Sequence[Node] = ()
    if isinstance(node, MappingNode):
        children = [part for pair in node.value for part in pair]
    elif isinstance(node, SequenceNode):
        children = node.value
    if not children or getattr(node, "flow_style", False):
        end: int = node.end_mark.index
        return end
    return max(_last_index(child) for child in children)


def _cut(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _line_end(text: str, index: int) -> int:
    """Just behind the line break of the line that `index` is in, or the end of the text."""
    found = text.find("\n", max(index - 1, 0) if text[index - 1 : index] == "\n" else index)
    return len(text) if found < 0 else found + 1


def _insert_lines(text: str, index: int, lines: Sequence[str], newline: str) -> str:
    end = _line_end(text, index)
    lead = "" if text[:end].endswith("\n") else newline
    return _cut(text, end, end, lead + "".join(f"{line}{newline}" for line in lines))


def _at_end(text: str, lines: Sequence[str], newline: str) -> str:
    lead = "" if text.endswith("\n") or not text else newline
    return f"{text}{lead}{newline}{''.join(f'{line}{newline}' for line in lines)}"


def _without_lines(text: str, start: int, end: int) -> str:
    return _cut(text, text.rfind("\n", 0, start) + 1, _line_end(text, end), "")


def _lines(item: Mapping[str, str] | str, indent: str) -> list[str]:
    if isinstance(item, str):
        return [f"{indent}- {written(item)}"]
    lines = [f"{key}: {_quoted(key, value)}" for key, value in item.items()]
    return [f"{indent}- {lines[0]}", *(f"{indent}{_STEP}{line}" for line in lines[1:])]


def _flow(item: Mapping[str, str] | str) -> str:
    if isinstance(item, str):
        return json.dumps(item, ensure_ascii=False)
    parts = (f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in item.items())
    return "{" + ", ".join(parts) + "}"


def _quoted(key: str, value: str) -> str:
    """Versions are always in quotes, so that nobody has to know which ones YAML reads as numbers."""
    return json.dumps(value) if key == "version" else written(value)
