"""What the user writes as `config` of a `processor:fanout`."""

from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration

__all__ = ("DestinationConfig", "FanoutConfig")


class DestinationConfig(Config):
    """One output."""

    port: str
    """Name of the output."""

    primary: bool = False
    """The one whose outcome counts with `await_ack: primary`. By default the first that is no fall-back."""

    timeout: Duration = Field(default=0.0, ge=0)
    """How long its outcome is awaited before it counts as failed; 0 is for ever."""

    fallback_for: str = ""
    """Gets only what the output of this name has refused, or not answered in time."""


class FanoutConfig(Config):
    """Gives each batch to several outputs, with fall-backs."""

    mode: Literal["parallel", "sequential"] = "parallel"
    """`parallel`: all outputs at the same time. `sequential`: one after the other, in the order listed."""

    await_ack: Literal["none", "primary", "all"] = "primary"
    """Whose outcome the sender gets; outputs that are not awaited lose what they refuse, which is counted."""

    destinations: tuple[DestinationConfig, ...] = Field(min_length=1)
    """The outputs."""

    max_inflight: int = Field(default=10_000, ge=1)
    """Batches whose outcomes are not all known; senders of more wait."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        ports = [one.port for one in self.destinations]
        for port in ports:
            if ports.count(port) > 1:
                raise ValueError(f"`destinations` has two entries for one `port`: {port}")
        self._check_fallbacks(ports)
        primaries = [one for one in self.destinations if one.primary]
        if len(primaries) > 1:
            both = ", ".join(one.port for one in primaries)
            raise ValueError(f"`primary` can be set for one destination: {both}")
        if primaries and primaries[0].fallback_for:
            raise ValueError(f"`primary` cannot be set for a fall-back: {primaries[0].port}")
        return self

    def _check_fallbacks(self, ports: list[str]) -> None:
        seconds: dict[str, str] = {}
        for one in self.destinations:
            if not one.fallback_for:
                continue
            if one.fallback_for not in ports:
                raise ValueError(f"`fallback_for` names no destination: {one.fallback_for}")
            if one.fallback_for in seconds:
                both = f"{seconds[one.fallback_for]}, {one.port}"
                raise ValueError(f"`fallback_for` has two destinations for {one.fallback_for}: {both}")
            seconds[one.fallback_for] = one.port
        for port in ports:
            way = list(_follow(port, seconds))
            if way[-1] == port and len(way) > 1:
                raise ValueError(f"`fallback_for` makes a cycle: {' -> '.join(way)}")

    def chains(self) -> tuple[tuple[DestinationConfig, ...], ...]:
        """Every destination that is no fall-back, followed by its fall-backs in turn."""
        by_port = {one.port: one for one in self.destinations}
        seconds = {one.fallback_for: one.port for one in self.destinations if one.fallback_for}
        firsts = (one for one in self.destinations if not one.fallback_for)
        return tuple(tuple(by_port[port] for port in _follow(first.port, seconds)) for first in firsts)

    def primary(self) -> str:
        """The port whose outcome counts with `await_ack: primary`."""
        chosen = [one.port for one in self.destinations if one.primary]
        return chosen[0] if chosen else self.chains()[0][0].port


def _follow(port: str, seconds: Mapping[str, str]) -> Iterator[str]:
    """`port` and its fall-backs; the first again at the end of a cycle."""
    seen = set[str]()
    yield port
    while port in seconds and port not in seen:
        seen.add(port)
        port = seconds[port]
        yield port
