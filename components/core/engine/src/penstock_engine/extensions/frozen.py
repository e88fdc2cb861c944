"""Whether a handle can be given away: it cannot be changed, and shows nothing of the extension's life."""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Final

__all__ = ("exposures",)

_LIFE: Final = ("run", "shutdown", "start")
_PROBE: Final = "penstock_probe"
_MISSING: Final = object()


def exposures(handle: object, lifecycle: object | None) -> Iterator[str]:
    """What makes `handle` unfit to be handed out; nothing when it is fit."""
    if lifecycle is not None and (handle is lifecycle or type(handle) is type(lifecycle)):
        yield f"handle and lifecycle must be different objects of different types: {type(handle).__name__}"
        return
    for name in _LIFE:
        if hasattr(handle, name):
            yield f"a handle must not show the lifecycle's `{name}`"
    attributes = {name: getattr(handle, name, _MISSING) for name in _attributes(handle)}
    if lifecycle is not None:
        for name, value in attributes.items():
            if value is lifecycle or _bound_to(value, lifecycle):
                yield f"a handle must not hold the lifecycle: `{name}`"
    if any(_can_set(handle, name, value) for name, value in attributes.items()) or _can_set(
        handle, _PROBE, None
    ):
        yield "a handle must be immutable: make it a dataclass with frozen=True and slots=True"


def _attributes(handle: object) -> Iterator[str]:
    """The names of what `handle` itself holds."""
    yield from getattr(handle, "__dict__", {})
    if is_dataclass(handle):
        yield from (one.name for one in fields(handle))
    for base in type(handle).__mro__:
        slots = vars(base).get("__slots__", ())
        yield from (slots,) if isinstance(slots, str) else slots


def _bound_to(value: object, lifecycle: object) -> bool:
    return inspect.ismethod(value) and value.__self__ is lifecycle


def _can_set(handle: object, name: str, value: object) -> bool:
    if value is _MISSING or name.startswith("__"):
        return False
    try:
        setattr(handle, name, value)
    except (AttributeError, TypeError):  # the second is what a frozen class with slots says of a new name
        return False
    if name == _PROBE:
        delattr(handle, name)
    return True
