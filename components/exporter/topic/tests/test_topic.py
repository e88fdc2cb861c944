import dataclasses

import pytest

from penstock_api import ConfigError, OnFull, Signal, StartError, decode
from penstock_api.topics import NO_TOPICS
from penstock_exporter_topic import TopicConfig, factory
from penstock_testkit import RecordingConsumer, make, make_settings


class Topics:
    """Hands out one publisher, and remembers what was asked for."""

    def __init__(self):
        self.asked = []
        self.taker = RecordingConsumer()

    def publisher(self, topic, signal, *, on_full=None):
        self.asked.append((topic, signal, on_full))
        return self.taker


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize(("rule", "on_full"), [(None, None), ("drop_newest", OnFull.DROP_NEWEST)])
async def test_batches_are_published_to_the_topic_of_their_signal(signal, rule, on_full):
    topics = Topics()
    settings = dataclasses.replace(make_settings("exporter", "topic"), topics=topics)
    config = TopicConfig(topic="raw", queue_on_full=rule)
    await getattr(factory, f"create_{signal}")(settings, config).consume(make(signal, 3))
    assert topics.asked == [("raw", signal, on_full)]
    assert topics.taker.items == 3


def test_outside_a_service_there_are_no_topics():
    settings = dataclasses.replace(make_settings("exporter", "topic"), topics=NO_TOPICS)
    with pytest.raises(StartError, match="there are no topics here: raw"):
        factory.create_logs(settings, TopicConfig(topic="raw"))


def test_the_topic_needs_a_name():
    with pytest.raises(ConfigError, match="`topic` must name a topic: ' '"):
        decode(TopicConfig, {"topic": " "})
