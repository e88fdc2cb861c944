"""Takes what other pipelines publish to a topic."""

from penstock_receiver_topic.factory import SubscriptionConfig, TopicConfig, factory

__all__ = ("SubscriptionConfig", "TopicConfig", "factory")
