"""The topics of a configuration, declared to the hub."""

from collections.abc import Iterator

from penstock_api import OnFull
from penstock_dataflow.config import DataflowConfig, TopicConfig
from penstock_dataflow.config import TopicPolicies as Configured
from penstock_engine.topics import BroadcastAck, OnLag, TopicHub, TopicPolicies

__all__ = ("declare_topics",)


def declare_topics(hub: TopicHub, config: DataflowConfig) -> None:
    """Give every topic of `config` its rules."""
    for topic in _declared(config):
        hub.declare(topic.key, _policies(topic.policies))


def _declared(config: DataflowConfig) -> Iterator[TopicConfig]:
    yield from config.topics.values()
    for group in config.groups.values():
        yield from group.topics.values()


def _policies(configured: Configured) -> TopicPolicies:
    acknowledge = configured.ack_propagation
    return TopicPolicies(
        queue_capacity=configured.balanced.queue_capacity,
        on_full=OnFull(configured.balanced.on_full),
        broadcast_capacity=configured.broadcast.queue_capacity,
        on_lag=OnLag(configured.broadcast.on_lag),
        broadcast_ack=BroadcastAck(configured.broadcast.ack_mode),
        acknowledge=acknowledge.mode == "auto",
        max_in_flight=acknowledge.max_in_flight,
        timeout=acknowledge.timeout,
    )
