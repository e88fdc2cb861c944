"""The exporter and its factory."""

from typing import Literal, Self

from pydantic import model_validator

from penstock_api import (
    AnyBatch,
    Config,
    Consumer,
    ExporterFactory,
    Logs,
    Metrics,
    OnFull,
    Settings,
    Signal,
    Stability,
    Traces,
)

__all__ = ("TopicConfig", "factory")


class TopicConfig(Config):
    """What the user writes under `exporters.topic`."""

    topic: str
    """Name of the topic."""

    queue_on_full: Literal["block", "drop_newest"] | None = None
    """In a full queue senders wait, or the batch is dropped and counted. Without it the topic decides."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.topic.strip():
            raise ValueError(f"`topic` must name a topic: {self.topic!r}")
        return self


def _create(settings: Settings, config: TopicConfig, signal: Signal) -> Consumer[AnyBatch]:
    """The topic's own publisher: nothing stands between."""
    on_full = None if config.queue_on_full is None else OnFull(config.queue_on_full)
    return settings.topics.publisher(config.topic, signal, on_full=on_full)


def _traces(settings: Settings, config: TopicConfig) -> Consumer[Traces]:
    return _create(settings, config, Signal.TRACES)


def _metrics(settings: Settings, config: TopicConfig) -> Consumer[Metrics]:
    return _create(settings, config, Signal.METRICS)


def _logs(settings: Settings, config: TopicConfig) -> Consumer[Logs]:
    return _create(settings, config, Signal.LOGS)


factory = ExporterFactory(
    kind="topic",
    config=TopicConfig,
    create_traces=_traces,
    create_metrics=_metrics,
    create_logs=_logs,
    stability={"traces": Stability.ALPHA, "metrics": Stability.ALPHA, "logs": Stability.ALPHA},
)
