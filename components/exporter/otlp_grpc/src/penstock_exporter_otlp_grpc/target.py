"""Targets as gRPC writes them: `host:port`, `dns:///host:port`, `unix:///path`."""

import re
from dataclasses import dataclass

from penstock_api import StartError, split_endpoint

__all__ = ("Target",)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect: host and port, or the path of a unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> "Target":
        """The target that `text` names. Raises `StartError`."""
        unix = re.fullmatch(r"unix:(?://(?=/))?(.+)", text)
        if unix is not None:
            return cls(path=unix[1])
        plain = re.sub(r"^(?:dns|passthrough):(?://[^/]*/)?", "", text)
        try:
            host, port = split_endpoint(plain)
        except ValueError as error:
            raise StartError(f"not a target that can be connected to: {text!r}") from error
        return cls(host, port)

    @property
    def authority(self) -> str:
        """The `:authority` of requests."""
        if self.path:
            return "localhost"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
