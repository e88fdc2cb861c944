"""Topics: named queues inside the process that join graphs. Knows nothing of what passes through them."""

from penstock_engine.topics.hub import TopicHub, hub_of
from penstock_engine.topics.policies import BroadcastAck, OnLag, TopicPolicies

__all__ = ("BroadcastAck", "OnLag", "TopicHub", "TopicPolicies", "hub_of")
