"""A configuration as it is shown: secrets hidden by their type."""

import copy

import pytest

from penstock_api.capability import RATE_LIMITER
from penstock_dataflow import load, shown

from .fakes import World
from .texts import whole

TEXT = """\
    engine: {http_admin: {token: hunter2}, extensions: {strict: true}}
    extensions: {top: {type: extension:quota, config: {password: hunter2}}}
    groups:
      g:
        extensions: {group: {type: extension:quota, config: {password: "${env:WORD}", size: 2}}}
        pipelines:
          p:
            extensions: {own: {type: extension:quota, config: {password: ""}}}
            nodes:
              r: {type: receiver:push, description: with a password, config: {password: hunter2, outputs: [a]}}
              e: {type: exporter:keep}
              idle: {type: exporter:keep, config: {password: hunter2}}
              odd: {type: exporter:unknown, config: {hunter2: hunter2}}
              bad: {type: exporter:keep, config: {size: hunter2}}
            connections: [{from: r, to: e}]
    """


@pytest.fixture
def components():
    world = World()
    return world.standard(world.extension("quota", RATE_LIMITER))


def test_r_13_secrets_of_nodes_extensions_and_the_engine_are_hidden_by_their_type(components):
    config = load(whole(TEXT), environ={"WORD": "hunter2"})
    found = shown(config, components)
    assert "hunter2" not in str(found)
    group = found["groups"]["g"]
    pipeline = group["pipelines"]["p"]
    assert found["engine"] == {"http_admin": {"token": "[REDACTED]"}, "extensions": {"strict": True}}
    assert found["extensions"]["top"]["config"] == {"password": "[REDACTED]"}
    assert group["extensions"]["group"]["config"] == {"password": "[REDACTED]", "size": 2}
    assert pipeline["extensions"]["own"]["config"] == {"password": ""}
    assert pipeline["nodes"]["r"] == {
        "type": "receiver:push",
        "description": "with a password",
        "config": {"password": "[REDACTED]", "outputs": ["a"]},
    }
    assert pipeline["nodes"]["e"] == {"type": "exporter:keep"}
    assert pipeline["nodes"]["idle"]["config"] == {"password": "[REDACTED]"}
    assert pipeline["connections"] == [{"from": "r", "to": "e"}]


def test_r_13_a_config_whose_type_is_not_known_or_does_not_fit_is_hidden_whole(components):
    nodes = shown(load(whole(TEXT), environ={"WORD": ""}), components)["groups"]["g"]["pipelines"]["p"][
        "nodes"
    ]
    assert (nodes["odd"]["config"], nodes["bad"]["config"]) == ("[REDACTED]", "[REDACTED]")


def test_r_13_what_is_shown_is_a_copy(components):
    config = load(whole(TEXT), environ={"WORD": "hunter2"})
    before = copy.deepcopy(config.document.value)
    found = shown(config, components)
    found["groups"]["g"]["pipelines"]["p"]["nodes"].clear()
    assert config.document.value == before
    assert config.pipelines[0].nodes["r"].config["password"] == "hunter2"


def test_r_13_a_configuration_that_gets_into_a_message_shows_no_secrets():
    assert "hunter2" not in repr(load(whole(TEXT), environ={"WORD": "hunter2"}))


def test_an_interface_that_is_off_is_shown_as_off(components):
    text = whole("engine: {http_admin: {enabled: false}}\n")
    assert shown(load(text), components)["engine"] == {"http_admin": {"enabled": False}}
