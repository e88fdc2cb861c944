import json

import pytest
import yaml
from click.testing import CliRunner

from penstock_api import BuildInfo
from penstock_extension_engine import command

from .fakes import FLOW, World

BUILD = BuildInfo("pencol", "a collector", "1.0.0")


@pytest.fixture
def invoke(tmp_path):
    """Run the command on a file that holds `text`."""

    def run(*words, text=FLOW):
        path = tmp_path / "flow.yaml"
        path.write_text(text)
        given = [word.replace("FILE", str(path)) for word in words]
        return CliRunner().invoke(command(BUILD, lambda: World().components), given)

    return run


def test_validate_is_silent_when_all_is_good(invoke):
    result = invoke("validate", "-c", "FILE")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("word", ["validate", "run", "graph"])
def test_what_is_wrong_is_told_in_file_order_with_exit_code_2(invoke, word):
    text = FLOW.replace("receiver:push", "receiver:pull").replace("to: out", "to: outt")
    result = invoke(word, "-c", "FILE", text=text)
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0].endswith(
        "flow.yaml:7:16: groups::main::pipelines::main::nodes::in::type: this distribution has no such node type: receiver:pull"
    )
    assert lines[2].endswith(
        "flow.yaml:10:24: groups::main::pipelines::main::connections::0::to: no such node: outt"
    )
    assert {line[:9] for line in lines} == {"Error: /t", "  hint: d"}


def test_a_variable_and_a_text_can_be_named_too(invoke, monkeypatch):
    monkeypatch.setenv("FLOW", FLOW)
    for location in ("env:FLOW", f"yaml:{FLOW}"):
        result = invoke("validate", "-c", location)
        assert (result.exit_code, result.output) == (0, "")


def test_a_file_that_is_not_there_is_told(invoke):
    result = invoke("validate", "-c", "FILE.nope")
    assert result.exit_code == 2
    assert result.stderr.endswith("flow.yaml.nope: cannot read the file: No such file or directory\n")


def test_the_file_must_be_named(invoke):
    result = invoke("validate")
    assert result.exit_code == 2
    assert "Missing option '-c' / '--config'" in result.stderr


def test_graph_prints_a_chart(invoke):
    result = invoke("graph", "--config", "FILE")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        'flowchart LR\n  subgraph g0["group main"]\n    subgraph p0["main/main"]\n      n0(["in<br/>receiver:push"])\n'
    )


def test_catalog_lists_every_node_and_extension_type_as_yaml(invoke):
    result = invoke("catalog")
    assert result.exit_code == 0
    assert yaml.safe_load(result.stdout) == {
        "nodes": [
            {
                "urn": "urn:otel:receiver:push",
                "type": "receiver:push",
                "description": "",
                "module": "penstock-receiver-push 1.0.0",
                "documentation": "components/receiver/push/README.md",
                "signals": ["logs"],
                "outputs": ["default"],
            },
            {
                "urn": "urn:otel:exporter:keep",
                "type": "exporter:keep",
                "description": "",
                "module": "penstock-exporter-keep 2.0.0",
                "documentation": "components/exporter/keep/README.md",
                "signals": ["logs"],
                "outputs": [],
            },
        ],
        "extensions": [],
    }


def test_schema_prints_a_schema_that_knows_every_type(invoke):
    result = invoke("schema")
    assert result.exit_code == 0
    assert {"urn:otel:receiver:push", "urn:otel:exporter:keep"} <= set(json.loads(result.stdout)["$defs"])
