"""Optional sections: absent is the default, present is on, `enabled: false` is off."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator

__all__ = ("SECTION", "Section")

T = TypeVar("T")


def _read(value: Any) -> Any:  # Any: not yet validated
    if value is None:
        return {}
    if not isinstance(value, Mapping) or "enabled" not in value:
        return value
    rest = dict(value)
    enabled = rest.pop("enabled")
    if not isinstance(enabled, bool):
        raise ValueError(f"`enabled` must be true or false: {enabled!r}")  # noqa: TRY004 - pydantic wants it
    return rest if enabled else None


SECTION: Final = BeforeValidator(_read)
"""Present as null or `{}` is on with defaults; `enabled: false` inside is off, whatever else stands there."""

Section = Annotated[T | None, SECTION]
"""A section that may be off. A field's default says what its absence means: `None` or a value."""
