"""Values that never print."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

__all__ = ("REDACTED", "Headers", "Secret")

REDACTED: Final = "[REDACTED]"


class Secret:
    """A string that shows as `[REDACTED]` wherever it is printed, logged or serialised.

    Serialised as it is when it is empty: there is nothing to hide, and `[REDACTED]` would look set.
    Serialising a config with `context={"unredacted": True}` writes the value.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one place that sends it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return REDACTED

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(cls._write, info_arg=True),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, str]:
        return {"type": "string", "format": "password"}

    @classmethod
    def _read(cls, value: object) -> "Secret":
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return cls(value)
        # The value is not shown: a secret of the wrong type is still a secret.
        raise ValueError(f"expected a string, got a value of type {type(value).__name__}")

    @staticmethod
    def _write(value: "Secret", info: SerializationInfo) -> str:
        shown = not value or (info.context is not None and info.context.get("unredacted"))
        return value.reveal() if shown else REDACTED


def _read_headers(value: Any) -> Any:  # Any: not yet validated
    """Accept a list of `{name, value}` where a mapping is expected."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, (list, tuple)):
        # The value is not shown: it may be a secret in the wrong place.
        raise ValueError(f"expected a mapping, or a list of {{name, value}}, got a {type(value).__name__}")  # noqa: TRY004 - pydantic wants it
    read: dict[Any, Any] = {}  # Any: not yet validated
    for element in value:
        if not isinstance(element, Mapping) or set(element) != {"name", "value"}:
            raise ValueError("expected a mapping, or a list of {name, value}")
        if element["name"] in read:
            raise ValueError(f"duplicate keys in map-style list: {element['name']}")
        read[element["name"]] = element["value"]
    return read


Headers = Annotated[
    Mapping[str, Secret],
    BeforeValidator(_read_headers),
    WithJsonSchema({"type": ["object", "array"], "additionalProperties": {"type": "string"}}),
]
"""Header names and values, the values secret. In YAML a mapping, or a list of `{name, value}`."""
