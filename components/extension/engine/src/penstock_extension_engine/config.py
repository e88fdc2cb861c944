"""What the user writes under `extensions.engine`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self  # Any: YAML that is not checked yet

from pydantic import GetCoreSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, core_schema

from penstock_api import Config, ConfigError, Expanded

if TYPE_CHECKING:
    from penstock_dataflow import DataflowConfig

__all__ = ("EngineConfig", "Inline")


class Inline:
    """A dataflow configuration inside the collector's. Kept as it came: its nodes know their types."""

    def __init__(self, value: Mapping[str, Any] | str) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Inline) and other.value == self.value

    def __hash__(self) -> int:
        return id(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(cls._write)
        )

    @classmethod
    def _read(cls, value: object) -> "Inline":
        if isinstance(value, Inline):
            return value
        if isinstance(value, (str, Mapping)):
            return cls(value)
        raise ValueError(f"expected a mapping or a string, got a value of type {type(value).__name__}")

    @staticmethod
    def _write(value: "Inline") -> object:
        return value.value


class EngineConfig(Config):
    """A dataflow engine inside the collector. One of `path` and `inline` says what it runs."""

    path: str = ""
    """File with an `otel_dataflow/v1` configuration. It is read when the engine starts, and at each retry."""

    inline: Annotated[Inline, WithJsonSchema({"type": ["object", "string"]})] | None = None
    """The configuration itself: a mapping, or a string of YAML. `validate` checks it with the rest."""

    @model_validator(mode="before")
    @classmethod
    def _keep_inline(cls, data: Any) -> Any:
        """Keep the text of every `${...}` in `inline`; which of them are to be text is not known here."""
        if isinstance(data, Expanded):
            data = data.value
        if not isinstance(data, Mapping):
            return data
        inline = data.get("inline")
        inline = inline.value if isinstance(inline, Expanded) else inline
        return {**data, "inline": Inline(inline)} if isinstance(inline, (str, Mapping)) else data

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.path and self.inline is not None:
            raise ValueError("`path` and `inline` exclude each other: remove one")
        if not self.path and self.inline is None:
            raise ValueError("one of `path` and `inline` must say what to run: neither is set")
        if self.inline is not None:
            try:
                self.load()
            except ConfigError as error:
                raise ValueError(f"`inline` is not a valid dataflow configuration: {_told(error)}") from None
        return self

    def load(self) -> "DataflowConfig":
        """Read what there is to run. Raises `ConfigError`."""
        from penstock_dataflow import load  # noqa: PLC0415 - only a collector with an engine pays for it

        return load(Path(self.path) if self.inline is None else self.inline.value)


def _told(error: ConfigError) -> str:
    """The problems on one line if there is one, else one below the other."""
    shown = [str(problem) for problem in error.problems]
    return shown[0] if len(shown) == 1 else "\n  ".join(("", *shown))
