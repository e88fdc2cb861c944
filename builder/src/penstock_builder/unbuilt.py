"""Keys of the format that this version of the builder knows and does not obey: they are refused, not ignored.

Whoever makes one of them work removes its line here.
"""

from collections.abc import Iterator, Mapping

from penstock_builder.document import Document
from penstock_builder.kinds import KINDS
from penstock_builder.problems import KeyPath, Problem

__all__ = ("is_unbuilt", "unbuilt")

_KEYS: Mapping[str, str] = {
    "telemetry": "the collector's own telemetry is built in",
}
_COMPONENT_KEYS: Mapping[str, str] = {}


def unbuilt(document: Document) -> Iterator[Problem]:
    """Refuse every key that would be ignored."""
    for path in document.keys:
        hint = _hint(path)
        if hint is not None:
            what = "is not supported by this version of the builder"
            yield document.problem(path, what, hint, key=True)


def is_unbuilt(path: KeyPath) -> bool:
    """Whether the key at `path` is one of them."""
    return _hint(path) is not None


def _hint(path: KeyPath) -> str | None:
    """What to do instead."""
    keys = [part for part in path if isinstance(part, str)]
    section, *below = keys or [""]
    if section in (*KINDS, "collector"):
        return _COMPONENT_KEYS.get(below[0]) if below else None
    return _KEYS.get(".".join(keys))
