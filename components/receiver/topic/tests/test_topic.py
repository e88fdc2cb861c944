import dataclasses

import pytest

from penstock_api import ConfigError, Signal, StartError, Status, SubscriptionMode, decode
from penstock_api.topics import NO_TOPICS
from penstock_receiver_topic import SubscriptionConfig, TopicConfig, factory
from penstock_testkit import RecordingConsumer, make_settings


class Topics:
    """Remembers what was asked for."""

    def __init__(self):
        self.asked = []

    def subscription(self, *arguments, **more):
        self.asked.append((arguments, more))
        return self


@pytest.mark.parametrize("signal", Signal)
@pytest.mark.parametrize(
    ("config", "mode", "group"),
    [
        (SubscriptionConfig(group="g"), SubscriptionMode.BALANCED, "g"),
        (SubscriptionConfig(mode="broadcast"), SubscriptionMode.BROADCAST, ""),
    ],
)
def test_it_is_the_subscription_of_the_topic(signal, config, mode, group):
    topics, onward = Topics(), RecordingConsumer()
    settings = dataclasses.replace(make_settings("receiver", "topic"), topics=topics)
    config = TopicConfig(topic="raw", subscription=config)
    made = getattr(factory, f"create_{signal}")(settings, config, onward)
    [(arguments, more)] = topics.asked
    assert made is topics
    assert arguments == ("raw", signal, onward, settings.tasks)
    assert (more["mode"], more["group"]) == (mode, group)


def test_one_that_is_disconnected_says_so():
    topics = Topics()
    settings = dataclasses.replace(make_settings("receiver", "topic"), topics=topics)
    factory.create_logs(settings, TopicConfig(topic="raw"), RecordingConsumer())
    topics.asked[0][1]["on_disconnect"]()
    lost = "too slow for topic raw: disconnected, and gets nothing more"
    assert settings.report.events == [(Status.PERMANENT_ERROR, lost)]


def test_outside_a_service_there_are_no_topics():
    settings = dataclasses.replace(make_settings("receiver", "topic"), topics=NO_TOPICS)
    with pytest.raises(StartError, match="there are no topics here: raw"):
        factory.create_logs(settings, TopicConfig(topic="raw"), RecordingConsumer())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"topic": ""}, "`topic` must name a topic: ''"),
        (
            {"topic": "t", "subscription": {"mode": "broadcast", "group": "g"}},
            "`group` needs `mode: balanced`: 'g'",
        ),
    ],
)
def test_a_mistake_is_named(wrong, message):
    with pytest.raises(ConfigError, match=message):
        decode(TopicConfig, wrong)
