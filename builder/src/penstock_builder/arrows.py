"""Replacements written as one line, `this => that 1.2`, as the OpenTelemetry Collector Builder has them."""

from collections.abc import Mapping

from packaging.utils import canonicalize_name

from penstock_builder.document import Document
from penstock_builder.tree import Branch, branch, document, leaf

__all__ = ("spelt_out",)


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
    names, target = left.split(), right.split()
    if not arrow or len(names) != 1 or len(target) not in {1, 2}:
        return one  # the model says what is expected
    content: dict[str, Branch] = {"dependency": leaf(names[0], one)}
    content.update({key: leaf(text, one) for key, text in _target(names[0], target).items()})
    if comment:
        content["reason"] = leaf(comment, one)
    return one.holding(content)


def _target(name: str, target: list[str]) -> Mapping[str, str]:
    first, *version = target
    if first.startswith((".", "/")):
        return {"path": " ".join(target)}
    if version and canonicalize_name(first) == canonicalize_name(name):
        return {"version": version[0]}
    return {"package": f"{first}=={version[0]}" if version else first}
