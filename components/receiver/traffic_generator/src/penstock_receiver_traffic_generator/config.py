"""What the user writes under `receivers.traffic_generator`."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config, Signal

__all__ = ("TrafficConfig", "TrafficGeneratorConfig")


class TrafficConfig(Config):
    """How much is made, and of what."""

    signals_per_second: float | None = Field(default=30.0, gt=0)
    """Items (spans, metric points, log records) per second, of all signals. `null`: as many as are taken."""

    max_signal_count: int | None = Field(default=None, ge=1)
    """Make so many items and no more. `null` has no end."""

    max_batch_size: int = Field(default=100, ge=1)
    """Items of one batch at most; it never holds those of more than a second."""

    trace_weight: int = Field(default=30, ge=0)
    """Share of batches of traces, compared to the other weights. 0 makes none."""

    metric_weight: int = Field(default=30, ge=0)
    """Share of batches of metrics."""

    log_weight: int = Field(default=40, ge=0)
    """Share of batches of logs."""

    log_body_size_bytes: int = Field(default=64, ge=1, le=1_000_000)
    """Length of the body of a log record."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.trace_weight + self.metric_weight + self.log_weight:
            keys = "`trace_weight`, `metric_weight` and `log_weight`"
            raise ValueError(f"one of {keys} must be positive: all are 0")
        return self

    def weights(self) -> dict[Signal, int]:
        """The weight of each signal."""
        return {
            Signal.TRACES: self.trace_weight,
            Signal.METRICS: self.metric_weight,
            Signal.LOGS: self.log_weight,
        }


class TrafficGeneratorConfig(Config):
    """Makes telemetry, to try a configuration or to load it."""

    traffic_config: TrafficConfig = TrafficConfig()
    """How much is made, and of what."""

    generation_strategy: Literal["fresh", "pre_generated"] = "fresh"
    """`fresh` makes each batch anew, with its own ids and times. `pre_generated` sends one over and over."""

    resource_attributes: Mapping[str, str] = {"service.name": "traffic-generator"}
    """Attributes of the resource."""
