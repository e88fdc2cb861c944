"""Turns a config back into the values that YAML would hold."""

from collections.abc import Mapping
from typing import Any

from penstock_api.config.model import Config
from penstock_api.config.section import SECTION

__all__ = ("values_of",)

# Any: values of any shape are written.


def values_of(config: Config, *, unredacted: bool = False, only_set: bool = False) -> object:
    """`config` as plain values that are read back as the same config, but for secrets that are hidden.

    With `only_set` without what was left to its default.
    """
    context = {"unredacted": unredacted}
    written = config.model_dump(mode="json", by_alias=True, exclude_unset=only_set, context=context)
    return _off_sections(config, written)


def _off_sections(value: Any, written: Any) -> Any:
    """A section that is off says so: null would switch it on when it is read back."""
    if isinstance(value, Config):
        for name, field in type(value).model_fields.items():
            key, one = field.serialization_alias or field.alias or name, getattr(value, name)
            if key in written:
                off = one is None and SECTION in field.metadata
                written[key] = {"enabled": False} if off else _off_sections(one, written[key])
    elif isinstance(value, Mapping):
        for key, one in value.items():
            written[key] = _off_sections(one, written[key])
    elif isinstance(value, (list, tuple)):
        return [_off_sections(one, shown) for one, shown in zip(value, written, strict=True)]
    return written
