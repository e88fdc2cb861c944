"""The receiver and its factory."""

from typing import Literal, Self, TypeVar

from pydantic import model_validator

from penstock_api import (
    AnyBatch,
    Config,
    Consumer,
    Logs,
    Metrics,
    ReceiverFactory,
    Settings,
    Signal,
    Stability,
    Status,
    Subscription,
    SubscriptionMode,
    Traces,
)

__all__ = ("SubscriptionConfig", "TopicConfig", "factory")

B = TypeVar("B", bound=AnyBatch)


class SubscriptionConfig(Config):
    """How what is published is shared with other receivers of the topic."""

    mode: Literal["balanced", "broadcast"] = "balanced"
    """`balanced`: each batch goes to one receiver of the group. `broadcast`: this one gets every batch."""

    group: str = ""
    """Receivers of one group share the batches, every group gets all of them. Only with `mode: balanced`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mode == "broadcast" and self.group:
            raise ValueError(f"`group` needs `mode: balanced`: {self.group!r}")
        return self


class TopicConfig(Config):
    """What the user writes under `receivers.topic`."""

    topic: str
    """Name of the topic."""

    subscription: SubscriptionConfig = SubscriptionConfig()
    """How what is published is shared with other receivers of the topic."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.topic.strip():
            raise ValueError(f"`topic` must name a topic: {self.topic!r}")
        return self


def _create(settings: Settings, config: TopicConfig, onward: Consumer[B], signal: Signal) -> Subscription:
    """The topic's own subscription, which has `start` and `shutdown`."""
    how = config.subscription
    lost = f"too slow for topic {config.topic}: disconnected, and gets nothing more"
    return settings.topics.subscription(
        config.topic,
        signal,
        onward,
        settings.tasks,
        mode=SubscriptionMode(how.mode),
        group=how.group,
        on_disconnect=lambda: settings.report(Status.PERMANENT_ERROR, lost),
    )


def _traces(settings: Settings, config: TopicConfig, onward: Consumer[Traces]) -> Subscription:
    return _create(settings, config, onward, Signal.TRACES)


def _metrics(settings: Settings, config: TopicConfig, onward: Consumer[Metrics]) -> Subscription:
    return _create(settings, config, onward, Signal.METRICS)


def _logs(settings: Settings, config: TopicConfig, onward: Consumer[Logs]) -> Subscription:
    return _create(settings, config, onward, Signal.LOGS)


factory = ReceiverFactory(
    kind="topic",
    config=TopicConfig,
    create_traces=_traces,
    create_metrics=_metrics,
    create_logs=_logs,
    stability={"traces": Stability.ALPHA, "metrics": Stability.ALPHA, "logs": Stability.ALPHA},
)
