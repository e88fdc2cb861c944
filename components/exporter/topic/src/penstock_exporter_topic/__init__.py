"""Publishes to a topic, for other pipelines to take."""

from penstock_exporter_topic.factory import TopicConfig, factory

__all__ = ("TopicConfig", "factory")
