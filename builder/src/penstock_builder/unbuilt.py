"""Keys of the format that this version of the builder knows and does not obey: they are refused, not ignored.

Whoever makes one of them work removes its line here.
"""

from collections.abc import Iterator

from penstock_builder.document import Document
from penstock_builder.kinds import KINDS
from penstock_builder.problems import KeyPath, Problem

__all__ = ("is_unbuilt", "unbuilt")

_KEYS = frozenset(
    {
        "conf_resolver",
        "dist.debug",
        "engine",
        "indexes",
        "telemetry",
    }
)
_COMPONENT_KEYS = frozenset({"index", "markers"})


def unbuilt(document: Document) -> Iterator[Problem]:
    """Refuse every key that would be ignored."""
    for path in document.keys:
        if is_unbuilt(path):
            yield document.problem(path, "is not supported by this version of the builder", key=True)


def is_unbuilt(path: KeyPath) -> bool:
    """Whether the key at `path` is one of them."""
    keys = [part for part in path if isinstance(part, str)]
    section, *below = keys or [""]
    if section in (*KINDS, "collector"):
        return below[:1] != [] and below[0] in _COMPONENT_KEYS
    return ".".join(keys) in _KEYS
