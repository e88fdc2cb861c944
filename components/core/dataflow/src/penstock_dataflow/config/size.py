"""Sizes as people write them: `512 MiB`, `1.5GB`, `1048576`. In code they are bytes."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

__all__ = ("Size",)

_STEPS: Final = ("k", "m", "g", "t")
_UNITS: Final = {
    "": 1,
    "b": 1,
    **{f"{step}{end}": 1000**power for power, step in enumerate(_STEPS, 1) for end in ("", "b")},
    **{f"{step}i{end}": 1024**power for power, step in enumerate(_STEPS, 1) for end in ("", "b")},
}
_SIZE: Final = re.compile(r"(?P<number>\d{1,15}(?:\.\d{1,9})?) ?(?P<unit>[a-zA-Z]{0,3})", re.ASCII)


def _read(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None or found["unit"].lower() not in _UNITS:
        raise ValueError(f'not a size such as "512 MiB" or a number of bytes: {value!r}')
    return round(float(found["number"]) * _UNITS[found["unit"].lower()])


Size = Annotated[
    int, BeforeValidator(_read), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}]})
]
"""Bytes. In YAML a string with a unit (`KiB` is 1024, `kB` is 1000), or an integer."""
