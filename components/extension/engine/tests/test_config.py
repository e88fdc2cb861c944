import re

import pytest
import yaml

from penstock_api import ConfigError, Expanded, decode
from penstock_extension_engine import EngineConfig

from .fakes import FLOW


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "one of `path` and `inline` must say what to run: neither is set"),
        (None, "one of `path` and `inline` must say what to run: neither is set"),
        ({"path": "a.yaml", "inline": FLOW}, "`path` and `inline` exclude each other: remove one"),
        ({"inline": 5}, "inline: expected a mapping or a string, got a value of type int"),
    ],
)
def test_exactly_one_source_is_required(given, message):
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        decode(EngineConfig, given)


@pytest.mark.parametrize("inline", [FLOW, yaml.safe_load(FLOW), Expanded(yaml.safe_load(FLOW), FLOW)])
def test_inline_is_a_string_or_a_mapping(inline):
    config = decode(EngineConfig, {"inline": inline}).load()
    assert [str(one) for one in config.pipelines] == ["main/main"]


def test_a_path_is_not_read_before_the_engine_starts(tmp_path):
    config = decode(EngineConfig, {"path": str(tmp_path / "flow.yaml")})
    with pytest.raises(ConfigError, match="cannot read the file"):
        config.load()
    (tmp_path / "flow.yaml").write_text(FLOW)
    assert len(config.load().pipelines) == 1


def test_what_is_wrong_in_inline_is_an_error_of_the_collectors_file():
    with pytest.raises(ConfigError) as caught:
        decode(EngineConfig, {"inline": FLOW.replace("to: out", "to: outt")})
    [problem] = caught.value.problems
    assert problem.what == (
        "`inline` is not a valid dataflow configuration: inline:10: "
        "groups::main::pipelines::main::connections::0::to: no such node: outt\n  hint: did you mean `out`?"
    )


def test_all_that_is_wrong_in_inline_is_told():
    broken = yaml.safe_load(FLOW.replace("to: out", "to: outt").replace("receiver:", "reciever:"))
    with pytest.raises(ConfigError) as caught:
        decode(EngineConfig, {"inline": broken})
    assert caught.value.problems[0].what.splitlines() == [
        "`inline` is not a valid dataflow configuration: ",
        "  groups::main::pipelines::main::nodes::in::type: not a kind of node: reciever",
        "  hint: kinds are receiver, processor, exporter",
        "  groups::main::pipelines::main::connections::0::to: no such node: outt",
        "  hint: did you mean `out`?",
    ]


def test_what_the_collector_filled_in_keeps_its_text():
    inline = yaml.safe_load(FLOW)
    token = Expanded(83, "0123")
    inline["groups"]["main"]["pipelines"]["main"]["nodes"]["in"]["config"] = {"token": token}
    config = decode(EngineConfig, Expanded({"inline": inline}, "")).load()
    assert config.pipelines[0].nodes["in"].config == {"token": token}


def test_a_config_is_a_value():
    one, two = (decode(EngineConfig, {"inline": FLOW}) for _ in range(2))
    assert one == two
    assert one.model_dump()["inline"] == FLOW
