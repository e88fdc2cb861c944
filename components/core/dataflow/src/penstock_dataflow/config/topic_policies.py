"""`topics`: named queues in the process that join pipelines."""

from typing import Literal

from pydantic import Field

from penstock_api import Config, Duration

__all__ = ("AckPropagation", "BalancedTopic", "BroadcastTopic", "TopicPolicies")


class BalancedTopic(Config):
    """For subscribers of a group: each batch goes to one of them."""

    queue_capacity: int = Field(default=128, ge=1)
    """Batches that wait for each group."""

    on_full: Literal["block", "drop_newest"] = "block"
    """What happens to a batch when the queue is full: its sender waits, or it is dropped and counted."""


class BroadcastTopic(Config):
    """For subscribers that get every batch."""

    queue_capacity: int = Field(default=128, ge=1)
    """Batches that are kept for a subscriber that is behind."""

    on_lag: Literal["drop_oldest", "disconnect"] = "drop_oldest"
    """What happens to a subscriber that is further behind: it loses the oldest batches, or its place."""

    ack_mode: Literal["first", "all"] = "first"
    """Whose outcome the sender gets with `ack_propagation`: that of the first subscriber, or of all."""


class AckPropagation(Config):
    """Whether the sender learns what became of a batch behind the topic."""

    mode: Literal["disabled", "auto"] = "disabled"
    """`disabled`: a batch in the topic is accepted. `auto`: it is when a subscriber has accepted it."""

    max_in_flight: int = Field(default=1024, ge=1)
    """Batches whose outcome is awaited at a time."""

    timeout: Duration = Field(default=30.0, gt=0)
    """How long an outcome is awaited."""


class TopicPolicies(Config):
    """`policies` of a topic."""

    balanced: BalancedTopic = BalancedTopic()
    """For subscribers of a group."""

    broadcast: BroadcastTopic = BroadcastTopic()
    """For subscribers that get everything."""

    ack_propagation: AckPropagation = AckPropagation()
    """Whether outcomes come back."""
