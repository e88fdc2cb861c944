"""Durations as Collector YAML writes them: `200ms`, `1h30m`, `1.5s`. In code they are seconds."""

import re
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

__all__ = ("Duration", "format_duration", "parse_duration")

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_PATTERN = r"^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$"


def parse_duration(text: str) -> float:
    """Seconds in `text`, by the grammar of Go's `time.ParseDuration`. Raises `ValueError`."""
    body = text.removeprefix("-").removeprefix("+")
    if body == "0":
        return 0.0
    if not body or _PART.sub("", body):
        raise ValueError(f'not a duration such as "200ms", "5s" or "1h30m": {text!r}')
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(body))
    return -seconds if text.startswith("-") else seconds


def format_duration(seconds: float) -> str:
    """`seconds` as a user would write it; `parse_duration` reads it back."""
    nanoseconds = round(seconds * 1e9)
    if nanoseconds == 0:
        return "0s"
    for unit, size in (
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
    ):
        if nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return f"{nanoseconds}ns"


def _read(value: object) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value / 1e9  # the Collector takes a bare integer as nanoseconds
    if isinstance(value, float):
        return value  # a default, already in seconds
    raise ValueError(f'not a duration such as "200ms", "5s" or "1h30m": {value!r}')


Duration = Annotated[
    float,
    BeforeValidator(_read),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _PATTERN}, {"type": "integer"}]}),
]
"""Seconds. In YAML a string with units, or an integer of nanoseconds."""
