"""What is read and checked, and not yet obeyed: it is refused, so that nothing is ignored in silence.

Whoever makes the engine obey a key takes its line out.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final  # Any: values that are not checked yet

from penstock_api.yaml import Path
from penstock_dataflow.config.reader import Reader

__all__ = ("PENDING", "refuse_pending")

_GROUP: Final = ("groups", "*")
_PIPELINE: Final = (*_GROUP, "pipelines", "*")
_SCOPES: Final[tuple[tuple[str, ...], ...]] = ((), _GROUP, _PIPELINE)

PENDING: Final[tuple[tuple[str, ...], ...]] = (
    *((*scope, "policies", "telemetry", "flow_metrics") for scope in _SCOPES),
)
"""Paths of keys; `*` is any one key."""


def refuse_pending(reader: Reader) -> None:
    """Note a problem for every key of `PENDING` that the document has."""
    for pattern in PENDING:
        for path in _matches(reader.document.value, pattern, ()):
            reader.problem(path, f"`{path[-1]}` is not available yet in this version", "remove it")


def _matches(value: Any, pattern: tuple[str, ...], path: Path) -> Iterator[Path]:
    if not pattern:
        yield path
    elif isinstance(value, Mapping):
        keys = list(value) if pattern[0] == "*" else [key for key in value if key == pattern[0]]
        for key in keys:
            yield from _matches(value[key], pattern[1:], (*path, key))
