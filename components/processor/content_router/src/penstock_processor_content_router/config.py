"""What the user writes as `config` of a `processor:content_router`."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from penstock_api import Config

__all__ = ("ContentRouterConfig", "RoutingKey")


class RoutingKey(Config):
    """What decides where telemetry goes."""

    resource_attribute: str = Field(min_length=1)
    """Name of an attribute of the resource."""


class ContentRouterConfig(Config):
    """Sends each resource's telemetry to the output that an attribute names."""

    routing_key: RoutingKey
    """What decides where telemetry goes."""

    routes: Mapping[str, str] = Field(min_length=1)
    """Values of the attribute, each with the name of an output."""

    default_output: str = ""
    """Output for resources with another value or none. Without it they are refused for good."""

    case_sensitive: bool = True
    """Whether upper and lower case differ in values."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        seen: dict[str, str] = {}
        for value, output in self.routes.items():
            if not output:
                raise ValueError(f"`routes` must name an output for every value: {value!r}")
            known = seen.setdefault(self.fold(value), value)
            if known != value:
                raise ValueError(
                    f"`routes` has a value twice, upper and lower case alike: {known!r}, {value!r}"
                )
        return self

    def fold(self, value: str) -> str:
        """`value` as it is compared."""
        return value if self.case_sensitive else value.casefold()

    def outputs(self) -> tuple[str, ...]:
        """The names of all outputs."""
        default = (self.default_output,) if self.default_output else ()
        return tuple(dict.fromkeys((*self.routes.values(), *default)))
