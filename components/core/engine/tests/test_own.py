"""What a service says of itself."""

import logging
from dataclasses import replace

import pytest

from penstock_api import BuildInfo, ComponentId, Kind, Series
from penstock_engine import Kit, StatusBoard
from penstock_engine.metrics import Registry
from penstock_engine.own import Own
from penstock_testkit import FakeClock

SENDER, INSIDE, OUTSIDE = ComponentId("own"), ComponentId("send"), ComponentId("send", "other")


def make_kit(metrics=tuple, **fields):
    clock = FakeClock()
    return Kit(
        build=BuildInfo("cmd", "a service", "1.0.0"),
        clock=clock,
        meter=Registry(),
        log=logging.getLogger("penstock.test"),
        board=StatusBoard(clock),
        metrics=metrics,
        fields=fields,
    )


@pytest.fixture
def heard():
    """What a component of pipeline `a` hears; its ends are called after the test."""
    ends, messages = [], []

    def listen(own):
        ends.append(own.on_log(lambda record: messages.append(record.getMessage())))
        return messages

    yield listen
    for end in ends:
        end()


def test_the_metrics_of_the_service_are_read_anew_each_time():
    registry = Registry()
    own = make_kit(registry.series).settings(Kind.RECEIVER, SENDER).own
    registry.counter("sent", unit="By").add(1)
    assert list(own.metrics()) == [Series("sent", "counter", {}, 1.0, unit="By")]
    registry.counter("sent", unit="By").add(1)
    assert [one.value for one in own.metrics()] == [2.0]


def test_components_learn_who_the_service_says_it_is():
    kit = replace(make_kit(), resource={"service.name": "mine"})
    assert kit.settings(Kind.RECEIVER, SENDER).own.resource == {"service.name": "mine"}
    assert make_kit().settings(Kind.RECEIVER, SENDER).own.resource == {}


def test_records_are_heard_until_the_listener_ends_it():
    messages = []
    own = make_kit().settings(Kind.RECEIVER, SENDER, pipelines=("a",)).own
    end = own.on_log(lambda record: messages.append(record.getMessage()))
    logging.getLogger("penstock.any").warning("one")
    end()
    logging.getLogger("penstock.any").warning("two")
    assert messages == ["one"]


def test_records_of_components_that_the_listener_feeds_are_not_heard(heard):
    kit = make_kit()
    messages = heard(kit.settings(Kind.RECEIVER, SENDER, pipelines=("a",)).own)
    kit.settings(Kind.EXPORTER, INSIDE, pipelines=("a", "b")).log.warning("inside")
    kit.settings(Kind.EXPORTER, OUTSIDE, pipelines=("b",)).log.warning("outside")
    assert messages == ["outside"]


def test_components_of_the_same_name_in_another_place_are_heard(heard):
    kit, other = make_kit(place="here"), make_kit(place="there")
    messages = heard(kit.settings(Kind.RECEIVER, SENDER, pipelines=("a",)).own)
    kit.settings(Kind.EXPORTER, INSIDE, pipelines=("a",)).log.warning("here")
    other.settings(Kind.EXPORTER, INSIDE, pipelines=("a",)).log.warning("there")
    assert messages == ["there"]


def test_what_a_listener_logs_itself_does_not_come_back_to_it():
    log, heard = logging.getLogger("penstock.test"), []

    def listen(record):
        heard.append(record.getMessage())
        log.warning("again")

    end = Own(tuple).on_log(listen)
    log.warning("once")
    end()
    assert heard == ["once"]


def test_a_listener_that_fails_does_not_fail_who_logs(capsys):
    def listen(record):
        raise OSError("no")

    end = Own(tuple).on_log(listen)
    logging.getLogger("penstock.test").warning("odd")
    end()
    assert "OSError: no" in capsys.readouterr().err
