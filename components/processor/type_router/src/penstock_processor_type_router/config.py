"""What the user writes as `config` of a `processor:type_router`."""

from typing import Literal

from pydantic import Field

from penstock_api import Config

__all__ = ("AdmissionPolicy", "TypeRouterConfig")


class AdmissionPolicy(Config):
    """What an output that is busy does to its senders."""

    on_full: Literal["backpressure", "reject"] = "backpressure"
    """`backpressure`: senders wait. `reject`: they are refused and may offer the batch again."""

    max_in_flight: int = Field(default=128, ge=1)
    """With `reject`: an output is full when the outcomes of this many batches are not known yet."""


class TypeRouterConfig(Config):
    """Sends traces, metrics and logs to the outputs `traces`, `metrics` and `logs`."""

    admission_policy: AdmissionPolicy = AdmissionPolicy()
    """What an output that is busy does to its senders."""
