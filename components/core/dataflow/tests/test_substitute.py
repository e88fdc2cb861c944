import pytest

from penstock_api import ConfigError, Expanded
from penstock_dataflow import load

HEAD = "version: otel_dataflow/v1\ngroups: {g: {pipelines: {p: {connections: [{from: r, to: e}], nodes: {r: {type: receiver:nop}, e: {type: exporter:nop, config: {it: "
TAIL = "}}}}}}}\n"


def filled(value, **environ):
    config = load(f"{HEAD}{value}{TAIL}", environ=environ)
    return config.pipelines[0].nodes["e"].config["it"]


def test_a_variable_alone_is_typed_by_what_it_holds_and_keeps_its_text():
    assert filled("'${env:PORT}'", PORT="0431") == Expanded(0o431, "0431")


def test_a_variable_inside_other_text_is_text():
    assert filled("'host:${env:PORT}'", PORT="4317") == "host:4317"


@pytest.mark.parametrize(("environ", "expected"), [({}, "here"), ({"X": "there"}, "there"), ({"X": ""}, "")])
def test_a_default_is_used_when_the_variable_is_not_set(environ, expected):
    assert filled("'-${env:X:-here}'", **environ) == f"-{expected}"


def test_a_default_may_be_empty():
    assert filled("'${env:X:-}'") == Expanded(None, "")


def test_two_dollars_are_one_and_start_nothing():
    assert filled("'$${env:X} costs $$5'") == "${env:X} costs $5"


@pytest.mark.parametrize("text", ["$", "$5", "${1}", "${name}", "a${"])
def test_other_dollars_stay(text):
    assert filled(f"'{text}'") == text


def test_a_value_never_becomes_structure():
    evil = "{endpoint: elsewhere}\nmore: [1]"
    assert filled("'${env:X}'", X=evil) == Expanded(evil, evil)
    assert filled("[a, '${env:X}']", X="b, c") == ["a", Expanded("b, c", "b, c")]


def test_a_variable_that_is_not_set_is_an_error_with_its_line():
    with pytest.raises(
        ConfigError,
        match=r"(?s)^inline:2:129: .*::it: environment variable is not set: NOPE\n  hint: set it, or give a default: \$\{env:NOPE:-value\}$",
    ):
        filled("'${env:NOPE}'")


@pytest.mark.parametrize("text", ["${file:/etc/passwd}", "${env:A B}"])
def test_other_sources_are_an_error(text):
    with pytest.raises(ConfigError) as caught:
        filled(f"'{text}'")
    [problem] = caught.value.problems
    assert problem.what == f"only environment variables can be filled in: {text}"
    assert problem.hint == "write ${env:NAME}, ${env:NAME:-default}, or $$ for a dollar sign"


def test_types_and_ids_can_hold_variables_too():
    text = f"{HEAD}1{TAIL}".replace("exporter:nop", "'exporter:${env:WHAT}'")
    assert load(text, environ={"WHAT": "debug"}).pipelines[0].nodes["e"].urn.short == "exporter:debug"


def test_a_mapping_has_been_filled_in_by_whoever_gives_it():
    nodes = {"r": {"type": "receiver:nop"}, "e": {"type": "exporter:nop", "config": {"it": "${env:X}"}}}
    pipeline = {"nodes": nodes, "connections": [{"from": "r", "to": "e"}]}
    config = load({"version": "otel_dataflow/v1", "groups": {"g": {"pipelines": {"p": pipeline}}}})
    assert config.pipelines[0].nodes["e"].config == {"it": "${env:X}"}
