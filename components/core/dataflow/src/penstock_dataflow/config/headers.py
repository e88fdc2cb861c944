"""Policies on what travels beside a batch: headers that receivers keep and exporters send on."""

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config

__all__ = (
    "CaptureDefaults",
    "CaptureRule",
    "HeaderCapture",
    "HeaderPropagation",
    "PropagationDefault",
    "PropagationMatch",
    "PropagationOverride",
    "PropagationSelector",
    "TransportHeaders",
)


class CaptureDefaults(Config):
    """Limits on what is kept of one request."""

    max_entries: int = Field(default=32, ge=1)
    """How many headers are kept."""

    max_name_bytes: int = Field(default=128, ge=1)
    """The longest name that is kept."""

    max_value_bytes: int = Field(default=4096, ge=1)
    """The longest value that is kept."""

    on_error: Literal["drop"] = "drop"
    """What happens to a header beyond a limit."""


class CaptureRule(Config):
    """Headers to keep."""

    match_names: tuple[str, ...]
    """Names of headers, in any case."""

    store_as: str = ""
    """The name to keep them under; empty is their own."""

    sensitive: bool = False
    """Whether values are hidden wherever they are shown."""

    value_kind: Literal["text", "binary"] = "text"
    """What the value is."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.match_names:
            raise ValueError("`match_names` must name a header: it is empty")
        return self


class HeaderCapture(Config):
    """`header_capture`: which headers of a request are kept beside its batch."""

    defaults: CaptureDefaults = CaptureDefaults()
    """Limits."""

    headers: tuple[CaptureRule, ...] = ()
    """What is kept. Nothing else is."""


class PropagationSelector(Config):
    """Which of the kept headers are meant."""

    type: Literal["all_captured", "none", "named"] = "none"
    """All, none, or those of `named`."""

    named: tuple[str, ...] = ()
    """The names under which they are kept."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.type == "named") != bool(self.named):
            raise ValueError(f"`named` lists names when `type` is `named`, and only then: {self.type}")
        return self


class PropagationDefault(Config):
    """What happens to kept headers that no override is for."""

    selector: PropagationSelector = PropagationSelector()
    """Which of them are sent."""

    action: Literal["propagate", "drop"] = "propagate"
    """Whether they are sent."""

    name: Literal["preserve", "stored_name"] = "preserve"
    """The name they are sent under: the one they came with, or the one they are kept under."""

    on_error: Literal["drop"] = "drop"
    """What happens to a header that cannot be sent."""


class PropagationMatch(Config):
    """Which headers an override is for."""

    stored_names: tuple[str, ...]
    """The names under which they are kept."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.stored_names:
            raise ValueError("`stored_names` must name a header: it is empty")
        return self


class PropagationOverride(Config):
    """An exception for some headers."""

    match: PropagationMatch
    """Which headers."""

    action: Literal["propagate", "drop"] = "propagate"
    """Whether they are sent."""

    name: Literal["preserve", "stored_name"] = "preserve"
    """The name they are sent under."""

    on_error: Literal["drop"] = "drop"
    """What happens to a header that cannot be sent."""


class HeaderPropagation(Config):
    """`header_propagation`: which kept headers an exporter sends on."""

    default: PropagationDefault = PropagationDefault()
    """What holds for all headers without an override."""

    overrides: tuple[PropagationOverride, ...] = ()
    """Exceptions; the first that matches holds."""


class TransportHeaders(Config):
    """`policies.transport_headers`: headers kept by receivers, and sent on by exporters."""

    header_capture: HeaderCapture = HeaderCapture()
    """What receivers keep."""

    header_propagation: HeaderPropagation = HeaderPropagation()
    """What exporters send on."""
