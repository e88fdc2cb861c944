"""What the user writes under `receivers.internal_telemetry`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from penstock_api import Config, Duration

__all__ = ("InternalTelemetryConfig", "LogsConfig", "MetricsConfig", "Selector", "Stream", "ViewConfig")


class Selector(Config):
    """Which metrics a view is for."""

    instrument_name: str = Field(min_length=1)
    """Name, in which `*` stands for any text and `?` for one character."""


class Stream(Config):
    """What becomes of them."""

    name: str = ""
    """Another name; only for a selector that means one metric."""

    drop: bool = False
    """Leave the metrics out."""


class ViewConfig(Config):
    """Changes what is told of some metrics. Of several views for one metric the first counts."""

    selector: Selector
    """Which metrics it is for."""

    stream: Stream = Stream()
    """What becomes of them."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        pattern = self.selector.instrument_name
        if self.stream.name and any(sign in pattern for sign in "*?["):
            raise ValueError(f"`stream.name` needs a selector that means one metric: {pattern}")
        if self.stream.name and self.stream.drop:
            raise ValueError(f"`stream.name` and `stream.drop` exclude each other: {self.stream.name}")
        return self


class MetricsConfig(Config):
    """How the service's metrics are told."""

    interval: Duration = Field(default=10.0, gt=0)
    """How often all metrics are told."""

    views: tuple[ViewConfig, ...] = ()
    """Which metrics are left out or have another name."""


class LogsConfig(Config):
    """How the service's log is told."""

    interval: Duration = Field(default=1.0, gt=0)
    """How often records are passed on."""

    max_records: int = Field(default=2048, ge=1)
    """Records that wait at most; more are dropped and counted."""


class InternalTelemetryConfig(Config):
    """Turns the service's own metrics and logs into OTLP."""

    signals: tuple[Literal["metrics", "logs"], ...] = ("metrics", "logs")
    """What is told, where the pipeline takes both."""

    metrics: MetricsConfig = MetricsConfig()
    """How the service's metrics are told."""

    logs: LogsConfig = LogsConfig()
    """How the service's log is told."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.signals:
            raise ValueError("`signals` must name `metrics`, `logs` or both: []")
        return self
