"""What the user writes under `processors.durable_buffer`."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from penstock_api import Config, Duration
from penstock_api.config import format_duration

__all__ = ("BackoffConfig", "DurableBufferConfig")

_UNITS: Final = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_PATTERN: Final = r"^\s*\d+\s*(B|KiB|MiB|GiB|TiB)?\s*$"


def _read_size(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(_PATTERN, value):
        raise ValueError(f'not a size such as "512 MiB" or "10 GiB": {value!r}')
    number, unit = re.fullmatch(r"\s*(\d+)\s*(\w*)\s*", value).groups()  # type: ignore[union-attr] # checked above
    return int(number) * _UNITS[unit]


_Size = Annotated[
    int,
    BeforeValidator(_read_size),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _PATTERN}, {"type": "integer", "minimum": 1}]}),
]


class BackoffConfig(Config):
    """When a batch that was refused for now is offered again."""

    initial_interval: Duration = Field(default=1.0, gt=0)
    """Time to wait after the first refusal."""

    max_interval: Duration = Field(default=30.0, gt=0)
    """Upper limit of the wait."""

    multiplier: float = Field(default=2.0, ge=1)
    """Factor by which the wait grows after each refusal."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.max_interval < self.initial_interval:
            limit = format_duration(self.max_interval)
            raise ValueError(f"`max_interval` must not be less than `initial_interval`: {limit}")
        return self


class DurableBufferConfig(Config):
    """Keeps batches on disk until what is behind has taken them."""

    path: str = Field(min_length=1)
    """Folder of the buffer, made when it does not exist. Each signal has a file in it.

    `{copy}` in it stands for the number of the pipeline's copy, from 0.
    """

    retention_size_cap: _Size = Field(default=10 * 2**30, ge=1)
    """Bytes of telemetry that the file of one signal holds at most: a number, or text such as `512 MiB`."""

    size_cap_policy: Literal["backpressure", "drop_oldest"] = "backpressure"
    """What a full buffer does: senders wait, or the oldest batches are dropped and counted."""

    max_age: Duration = Field(default=0.0, ge=0)
    """Batches older than this are dropped and counted; 0 keeps them for ever."""

    retry: BackoffConfig = BackoffConfig()
    """When a batch that was refused for now is offered again."""

    max_in_flight: int = Field(default=1000, ge=1)
    """Batches that are offered, or wait to be offered again, at a time."""
