"""Replacements written as one line, `this => that 1.2`, as the OpenTelemetry Collector Builder has them."""

import re
from collections.abc import Mapping

from packaging.utils import canonicalize_name

from penstock_builder.document import Document
from penstock_builder.tree import Branch, branch, document, leaf

__all__ = ("read_target", "spelt_out")

_GIT = re.compile(r"git\+(?P<git>[^@#\s]+)@(?P<rev>[^#\s]+)(?:#subdirectory=(?P<subdirectory>\S+))?")
_ARCHIVE = re.compile(r"(?P<url>(?:https|file)://[^#\s]+)#sha256=(?P<sha256>[0-9a-f]{64})")


def spelt_out(found: Document) -> Document:
    """`found` with every such line as a mapping; the comment above it is its reason."""
    root = branch(found)
    listed = root.items["replaces"].entries if "replaces" in root.items else ()
    if not any(isinstance(one.content, str) for one in listed):
        return found
    entries = (
        _spelt_out(one, found.comment(("replaces", index))) if isinstance(one.content, str) else one
        for index, one in enumerate(listed)
    )
    replaces = root.items["replaces"].holding(tuple(entries))
    return document(root.holding({**root.items, "replaces": replaces}), found)


def _spelt_out(one: Branch, comment: str) -> Branch:
    left, arrow, right = str(one.content).partition("=>")
    target = read_target(left.strip(), right) if arrow and len(left.split()) == 1 else {}
    if not target:
        return one  # the model says what is expected
    content: dict[str, Branch] = {"dependency": leaf(left.strip(), one)}
    content.update({key: one.holding(value) for key, value in target.items()})
    if comment:
        content["reason"] = leaf(comment, one)
    return one.holding(content)


def read_target(name: str, text: str) -> Mapping[str, str | bool]:
    """The keys of a replacement of `name` that `text` stands for; none, if it cannot be read.

    It may be `another`, `another 1.2`, `another == 1.2`, `./folder`, `git+https://...@commit`,
    `https://...whl#sha256=...` or `nothing`.
    """
    words = text.split()
    if text.strip() == "nothing":
        return {"drop": True}
    if text.strip().startswith((".", "/")):
        return {"path": text.strip()}
    if found := _GIT.fullmatch(text.strip()):
        return {key: value for key, value in found.groupdict().items() if value}
    if found := _ARCHIVE.fullmatch(text.strip()):
        return found.groupdict()
    if len(words) == 2 and "=" not in text:
        words = [words[0], "==", words[1]]
    readable = len(words) == 1 or (len(words) == 3 and words[1][-1] == "=")
    return _named(name, " ".join(words)) if readable else {}


def _named(name: str, text: str) -> Mapping[str, str | bool]:
    first, _, version = text.partition(" == ")
    if version and canonicalize_name(first) == canonicalize_name(name):
        return {"version": version}
    return {"package": text.replace(" ", "")}
