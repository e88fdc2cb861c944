"""A dataflow configuration that stands inside the collector's."""

from collections.abc import Mapping
from typing import Any, Final  # Any: YAML that is not checked yet

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo
from pydantic_core import CoreSchema, core_schema

from penstock_api import Expanded
from penstock_api.config.secret import REDACTED

__all__ = ("Inline",)

_PIPELINE: Final = ("groups", "", "pipelines", "")
_SECRET: Final = (
    (*_PIPELINE, "nodes", "", "config"),
    (*_PIPELINE, "extensions", "", "config"),
    ("groups", "", "extensions", "", "config"),
    ("extensions", "", "config"),
    ("engine", "http_admin", "token"),
)
"""Ways to what may be secret; an empty step is any key."""


class Inline:
    """What stands under `inline`, kept as it came: only its nodes know their types.

    So nobody knows which values are secret: shown to people, all values in configs of nodes and
    extensions are masked.
    """

    def __init__(self, value: Mapping[str, Any] | str) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inline) and other.value == self.value

    def __hash__(self) -> int:
        return hash(str(self.value))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read,
            serialization=core_schema.plain_serializer_function_ser_schema(cls._write, info_arg=True),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": ["object", "string"]}

    @classmethod
    def _read(cls, value: object) -> "Inline":
        if isinstance(value, Inline):
            return value
        if isinstance(value, (str, Mapping)):
            return cls(value)
        raise ValueError(f"expected a mapping or a string, got a value of type {type(value).__name__}")

    @staticmethod
    def _write(value: "Inline", info: SerializationInfo) -> Any:
        if info.context is not None and info.context.get("unredacted"):
            return _plain(value.value)
        from penstock_api import yaml  # noqa: PLC0415 - only to show it

        whole = yaml.load(value.value, "inline").value if isinstance(value.value, str) else value.value
        shown = _plain(whole)
        for way in _SECRET:
            shown = _masked(shown, way)
        return shown


def _plain(value: Any) -> Any:
    """`value` with what every variable held."""
    if isinstance(value, Expanded):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _masked(value: Any, way: tuple[str, ...]) -> Any:
    """`value` without the scalars below `way`, in which an empty step is any key."""
    if isinstance(value, Mapping):
        if not way:
            return {key: _masked(one, way) for key, one in value.items()}
        step, rest = way[0], way[1:]
        return {key: _masked(one, rest) if step in ("", key) else one for key, one in value.items()}
    if way or value is None:
        return value
    return [_masked(one, way) for one in value] if isinstance(value, list) else REDACTED
