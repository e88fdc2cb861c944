"""What the user writes under `extensions.engine`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self  # Any: YAML that is not checked yet

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from penstock_api import Config, ConfigError, Expanded, Problem, split_endpoint
from penstock_extension_engine.inline import Inline

if TYPE_CHECKING:
    from penstock_dataflow import DataflowConfig

__all__ = ("EngineConfig", "FlagsConfig", "SourceConfig")


class SourceConfig(Config):
    """What the engine runs: one of `path` and `inline`."""

    path: str = ""
    """An `otel_dataflow/v1` file, or a directory of them; read when the engine starts, and at each retry."""

    inline: Inline | None = None
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
                found = [_located(problem) for problem in error.problems]
                raise ValidationError.from_exception_data("inline", found) from None
        return self

    def load(self) -> "DataflowConfig":
        """Read what there is to run. Raises `ConfigError`."""
        from penstock_dataflow import load  # noqa: PLC0415 - only a collector with an engine pays for it

        return load(Path(self.path) if self.inline is None else self.inline.value)


class FlagsConfig(Config):
    """What the command line of `engine run` says of itself; it goes before what is in the configuration."""

    http_admin: str = ""
    """Where the admin interface listens, `host:port`; `off` for none."""

    strict_extensions: bool | None = None
    """Whether an extension that no node uses is an error, and not a warning."""

    @model_validator(mode="after")
    def _address(self) -> Self:
        try:
            split_endpoint(self.http_admin if self.http_admin not in ("", "off") else ":0")
        except ValueError:
            raise ValueError(f"`http_admin` must be `host:port`, or `off`: {self.http_admin}") from None
        return self


class EngineConfig(Config):
    """A dataflow engine inside the collector."""

    config: SourceConfig
    """What it runs; must be set."""

    flags: FlagsConfig = FlagsConfig()
    """What goes before the configuration."""

    @model_validator(mode="before")
    @classmethod
    def _always_a_config(cls, data: Any) -> Any:
        """Without `config`, what it lacks is told as if it were empty."""
        data = data.value if isinstance(data, Expanded) else data
        if data is None or (isinstance(data, Mapping) and data.get("config") is None):
            return {**(data or {}), "config": {}}
        return data

    def load(self) -> "DataflowConfig":
        """Read what there is to run. Raises `ConfigError`."""
        from penstock_dataflow import override  # noqa: PLC0415 - only a collector with an engine pays for it

        flags = self.flags
        return override(self.config.load(), flags.http_admin or None, strict=flags.strict_extensions)


def _located(problem: Problem) -> InitErrorDetails:
    """A problem of `inline` at its place in the collector's file; one in a string tells its own line."""
    hint = f"\n  hint: {problem.hint}" if problem.hint else ""
    what = str(problem) if problem.where else f"{problem.what}{hint}"
    path = ("inline",) if problem.where else ("inline", *problem.path)
    return InitErrorDetails(
        type=PydanticCustomError("value_error", "{error}", {"error": what}), loc=path, input=None
    )
