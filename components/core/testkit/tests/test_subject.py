from pathlib import Path

import pytest

from penstock_api import Kind
from penstock_testkit import RecordingConsumer, make_settings
from penstock_testkit.contract import subjects
from penstock_testkit.projects import find_root

ROOT = find_root(Path(__file__))


@pytest.fixture
def subject_of():
    return {str(one): one for one in subjects(ROOT)}.__getitem__


def test_installed_components_are_found_by_kind_and_name(subject_of):
    subject = subject_of("receiver/nop")
    assert (subject.project.kind, subject.metadata.type) == (Kind.RECEIVER, "nop")
    assert subject.factory.kind == "nop"


@pytest.mark.parametrize(
    ("name", "signals"),
    [
        ("receiver/nop", ("traces", "metrics", "logs")),
        ("exporter/nop", ("traces", "metrics", "logs")),
        ("connector/forward", ("traces_to_traces", "metrics_to_metrics", "logs_to_logs")),
    ],
)
def test_a_component_is_made_for_each_of_its_signals(subject_of, name, signals):
    subject = subject_of(name)
    assert subject.signals() == signals
    made = subject.create_all(make_settings(), subject.config(), RecordingConsumer())
    assert len(made) == 3


def test_places_are_filled_into_configs(subject_of):
    subject = subject_of("processor/batch")
    config = subject.config({"metadata_keys": ["{place}"]}, place="there")
    assert config.metadata_keys == ("there",)
