"""Finds durations written as bare numbers: the Collector takes them as nanoseconds, which few users mean."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args  # Any: values and annotations of any shape

from pydantic import BeforeValidator

from penstock_api import Config, Duration, Expanded
from penstock_api.config.walk import model_at
from penstock_api.yaml import Path

__all__ = ("bare_durations",)

_MARK: Final = next(one for one in get_args(Duration) if isinstance(one, BeforeValidator))


def bare_durations(model: type[Config], value: Any, path: Path) -> Iterator[tuple[Path, int]]:
    """The paths below `path` where `value` gives a duration of `model` as a number other than 0."""
    value = _plain(value)
    if not isinstance(value, Mapping):
        return
    for key, field in model.model_fields.items():
        one = _plain(value.get(key))
        below = (*path, key)
        if _is_duration(field.annotation, field.metadata):
            if type(one) is int and one:
                yield below, one
            continue
        inner = model_at(field.annotation, ())
        if inner is not None:
            yield from bare_durations(inner, one, below)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Expanded) else value


def _is_duration(annotation: Any, metadata: list[Any]) -> bool:
    """Whether a field is a `Duration`, or one of several things that it may be is."""
    return _MARK in metadata or any(_MARK in get_args(one) for one in get_args(annotation))
