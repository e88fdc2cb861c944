"""`engine`: what holds for the whole process."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import field_validator, model_validator

from penstock_api import Config, Secret, Section, split_endpoint

__all__ = ("EngineLogs", "EngineSettings", "EngineTelemetry", "ExtensionUse", "HttpAdmin")


class HttpAdmin(Config):
    """`engine.http_admin`: the HTTP interface that shows and changes what runs. Off unless it is written."""

    bind_address: str = "127.0.0.1:8080"
    """Where it listens, as `host:port`."""

    token: Secret = Secret("")
    """What clients send as `Authorization: Bearer <token>`; empty asks for nothing."""

    token_file: str = ""
    """A file with the token, read again when it changes."""

    read_only: bool = False
    """Whether it only shows, and changes nothing."""

    @field_validator("bind_address")
    @classmethod
    def _address(cls, value: str) -> str:
        try:
            split_endpoint(value)
        except ValueError:
            raise ValueError(f"must be `host:port`: {value}") from None
        return value

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if self.token and self.token_file:
            raise ValueError("`token` and `token_file` exclude each other: remove one")
        return self


class EngineLogs(Config):
    """`engine.telemetry.logs`: what the engine and its components write."""

    level: Literal["debug", "info", "warn", "error"] | None = None
    """The least that is written; without it `info`, or in a collector what that writes."""


class EngineTelemetry(Config):
    """`engine.telemetry`: what the engine tells of itself."""

    resource: Mapping[str, str] = {}
    """Who it says it is: attributes of its own metrics and logs. Its name and version are known already."""

    logs: EngineLogs = EngineLogs()
    """What it writes."""


class ExtensionUse(Config):
    """`engine.extensions`: rules on extensions; they are declared under `extensions`, at the top."""

    strict: bool = False
    """Whether an extension that no node uses is an error, and not a warning."""


class EngineSettings(Config):
    """`engine`: what holds for the whole process."""

    http_admin: Section[HttpAdmin] = None
    """The HTTP interface."""

    telemetry: EngineTelemetry = EngineTelemetry()
    """What the engine tells of itself."""

    extensions: ExtensionUse = ExtensionUse()
    """Rules on extensions."""
