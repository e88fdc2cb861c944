import re

import pytest
import yaml

from penstock_api import ConfigError, Expanded, decode
from penstock_extension_engine import EngineConfig

from .fakes import FLOW


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "config: one of `path` and `inline` must say what to run: neither is set"),
        (None, "config: one of `path` and `inline` must say what to run: neither is set"),
        ({"config": None}, "config: one of `path` and `inline` must say what to run: neither is set"),
        (
            {"config": {"path": "a.yaml", "inline": FLOW}},
            "config: `path` and `inline` exclude each other: remove one",
        ),
        (
            {"config": {"inline": 5}},
            "config::inline: expected a mapping or a string, got a value of type int",
        ),
    ],
)
def test_b_75_exactly_one_source_is_required(given, message):
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        decode(EngineConfig, given)


@pytest.mark.parametrize("inline", [FLOW, yaml.safe_load(FLOW), Expanded(yaml.safe_load(FLOW), FLOW)])
def test_inline_is_a_string_or_a_mapping(inline):
    config = decode(EngineConfig, {"config": {"inline": inline}}).load()
    assert [str(one) for one in config.pipelines] == ["main/main"]


def test_a_path_is_not_read_before_the_engine_starts(tmp_path):
    config = decode(EngineConfig, {"config": {"path": str(tmp_path / "flow.yaml")}})
    with pytest.raises(ConfigError, match="cannot read the file"):
        config.load()
    (tmp_path / "flow.yaml").write_text(FLOW)
    assert len(config.load().pipelines) == 1


def test_what_is_wrong_in_a_mapping_is_told_at_its_place_in_the_collectors_file():
    broken = yaml.safe_load(FLOW.replace("to: out", "to: outt").replace("receiver:", "reciever:"))
    with pytest.raises(ConfigError) as caught:
        decode(EngineConfig, {"config": {"inline": broken}}, ("extensions", "engine"))
    above = ("extensions", "engine", "config", "inline", "groups", "main", "pipelines", "main")
    assert [(one.path, one.what) for one in caught.value.problems] == [
        (
            (*above, "nodes", "in", "type"),
            "not a kind of node: reciever\n  hint: kinds are receiver, processor, exporter",
        ),
        ((*above, "connections", 0, "to"), "no such node: outt\n  hint: did you mean `out`?"),
    ]


def test_what_is_wrong_in_a_string_is_told_with_its_line():
    with pytest.raises(ConfigError) as caught:
        decode(
            EngineConfig, {"config": {"inline": FLOW.replace("to: out", "to: outt").replace("/v1", "/v2")}}
        )
    assert [(one.path, one.what.splitlines()[0]) for one in caught.value.problems] == [
        (("config", "inline"), "inline:1:1: version: not a version that this engine reads: otel_dataflow/v2"),
        (
            ("config", "inline"),
            "inline:10:24: groups::main::pipelines::main::connections::0::to: no such node: outt",
        ),
    ]


def test_what_the_collector_filled_in_keeps_its_text():
    inline = yaml.safe_load(FLOW)
    token = Expanded(83, "0123")
    inline["groups"]["main"]["pipelines"]["main"]["nodes"]["in"]["config"] = {"token": token}
    config = decode(EngineConfig, {"config": Expanded({"inline": inline}, "")}).load()
    assert config.pipelines[0].nodes["in"].config == {"token": token}


def test_a_config_is_a_value():
    one, two = (decode(EngineConfig, {"config": {"inline": FLOW}}) for _ in range(2))
    assert one == two
    assert hash(one.config.inline) == hash(two.config.inline)


@pytest.mark.parametrize("as_text", [True, False], ids=["string", "mapping"])
def test_nobody_knows_which_values_of_a_node_are_secret_so_all_are_masked_when_shown(as_text):
    inline = yaml.safe_load(FLOW)
    nodes = inline["groups"]["main"]["pipelines"]["main"]["nodes"]
    nodes["in"]["config"] = {"token": "secret", "more": [{"deep": 5}, None]}
    inline["extensions"] = {"t": {"type": "extension:t", "config": {"token": "secret"}}}
    config = decode(EngineConfig, {"config": {"inline": yaml.safe_dump(inline) if as_text else inline}})
    shown = config.model_dump(mode="json")["config"]["inline"]
    inline["extensions"]["t"]["config"] = {"token": "[REDACTED]"}
    nodes["in"]["config"] = {"token": "[REDACTED]", "more": [{"deep": "[REDACTED]"}, None]}
    assert shown == inline
    assert "secret" not in repr(config)


def test_unredacted_it_is_what_was_written_and_loads_again():
    inline = yaml.safe_load(FLOW)
    inline["groups"]["main"]["pipelines"]["main"]["nodes"]["in"]["config"] = {"token": Expanded("a b", "a b")}
    shown = decode(EngineConfig, {"config": {"inline": inline}}).model_dump(
        mode="json", context={"unredacted": True}
    )
    again = decode(EngineConfig, {"config": {"inline": shown["config"]["inline"]}})
    assert again.load().pipelines[0].nodes["in"].config == {"token": "a b"}


@pytest.mark.parametrize(
    ("flags", "address"),
    [
        ({}, "127.0.0.1:8080"),
        ({"http_admin": "127.0.0.1:9999"}, "127.0.0.1:9999"),
        ({"http_admin": "off"}, None),
    ],
)
def test_flags_go_before_the_configuration(flags, address):
    inline = {**yaml.safe_load(FLOW), "engine": {"http_admin": {"enabled": True}}}
    config = decode(
        EngineConfig, {"config": {"inline": inline}, "flags": {**flags, "strict_extensions": True}}
    ).load()
    admin = config.engine.http_admin
    assert (admin.bind_address if admin else None) == address
    assert config.engine.extensions.strict


def test_a_flag_that_is_no_address_is_refused():
    with pytest.raises(ConfigError, match="flags: `http_admin` must be `host:port`, or `off`: x"):
        decode(EngineConfig, {"config": {"inline": FLOW}, "flags": {"http_admin": "x"}})
