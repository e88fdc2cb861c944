"""Where a configuration can come from."""

import json
from pathlib import Path

import pytest

from penstock_api import ConfigError
from penstock_dataflow import Text, load, source

from .texts import HEAD, PIPELINE, problems, whole

GROUP = f"{{pipelines: {{p: {PIPELINE}}}}}"


def located(where):
    """Every problem as `file:line`, path, what and hint."""
    return [
        (":".join(one.where.split(":")[:2]), "::".join(map(str, one.path)), one.what, one.hint)
        for one in problems(where)
    ]


# -- locations ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("flow.yaml", Path("flow.yaml")),
        ("/etc/flow.yaml", Path("/etc/flow.yaml")),
        ("file:/etc/flow.yaml", Path("/etc/flow.yaml")),
        ("FILE:flow.yaml", Path("flow.yaml")),
        ("C:flow.yaml", Path("C:flow.yaml")),
        ("env:FLOW", Text("a: 1", "env:FLOW")),
        ("yaml:a: 1", Text("a: 1", "yaml")),
        ("yaml:a::b: 1", Text("b: 1", "yaml", ("a",))),
        ("yaml:a::b::{c: '::1'}", Text("{c: '::1'}", "yaml", ("a", "b"))),
        ('yaml:{a: "x::y"}', Text('{a: "x::y"}', "yaml")),
    ],
)
def test_a_location_is_a_path_a_variable_or_a_text(location, expected):
    assert source(location, environ={"FLOW": "a: 1"}) == expected


def test_a_file_that_exists_is_a_file_whatever_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("env:X").write_text("")
    assert source("env:X", environ={}) == Path("env:X")


def test_a_variable_that_is_not_set_is_an_error():
    with pytest.raises(ConfigError, match=r"^environment variable is not set: FLOW$"):
        source("env:FLOW", environ={})


def test_other_schemes_are_an_error():
    with pytest.raises(
        ConfigError,
        match=r"^a configuration cannot be read from here: http://x\n  hint: write a path, `file:PATH`, `env:NAME` or `yaml:TEXT`$",
    ):
        source("http://x")


def test_a_text_under_keys_stands_where_they_say_and_has_lines():
    text = source(f"yaml:groups::g::pipelines::p::{PIPELINE[:-1]}, nods: 1}}")
    assert located(text) == [
        (
            "yaml:1",
            "version",
            "required key is missing",
            "the first line of the file is `version: otel_dataflow/v1`",
        ),
        ("yaml:1", "groups::g::pipelines::p::nods", "unknown key", "did you mean `nodes`?"),
    ]


def test_variables_in_a_variable_are_filled_in_after_parsing():
    text = source("env:FLOW", environ={"FLOW": whole("").replace("receiver:nop", "'receiver:${env:A}'")})
    [one] = load(text, environ={"A": "otlp"}).pipelines
    assert one.nodes["r"].urn.short == "receiver:otlp"


# -- JSON ---------------------------------------------------------------------------------------------


def test_a_json_file_is_read_with_its_lines(tmp_path):
    path = tmp_path / "flow.json"
    nodes = {"r": {"type": "receiver:nop"}, "e": {"type": "exporter:nop", "config": {"on": "1"}}}
    pipeline = {"nodes": nodes, "connections": [{"from": "r", "to": "e"}]}
    value = {"version": "otel_dataflow/v1", "groups": {"g": {"pipelines": {"p": pipeline}}}}
    path.write_text(json.dumps(value, indent="\t"))
    config = load(path)
    assert config.pipelines[0].nodes["e"].config == {"on": "1"}
    assert str(config.document.position(config.pipelines[0].nodes["r"].path)) == f"{path}:8"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("{version: x}", 1, "not valid JSON: Expecting property name enclosed in double quotes"),
        ('{"a": 1,\n"a": 2}', 2, "duplicate key, first on line 1"),
        ('{"a":\n1,}', 2, "not valid JSON: "),
    ],
)
def test_a_json_file_is_json(tmp_path, text, line, what):
    path = tmp_path / "flow.json"
    path.write_text(text)
    [problem] = problems(path)
    assert problem.where == f"{path}:{line}"
    assert problem.what.startswith(what)


# -- directories --------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return tmp_path

    return write


def test_the_files_of_a_directory_are_one_configuration(folder):
    path = folder(
        a=f"{HEAD}engine: {{extensions: {{strict: true}}}}\ntopics: {{t: }}\n",
        b=f"{HEAD}extensions: {{x: {{type: extension:x}}}}\ngroups: {{b: {GROUP}}}\n",
        c=f"{HEAD}topics: {{u: }}\ngroups: {{a: {GROUP}}}\n",
    )
    (path / "notes.txt").write_text("not YAML: [")
    (path / ".hidden.yaml").write_text("not YAML: [")
    config = load(path)
    assert list(map(str, config.pipelines)) == ["a/p", "b/p"]
    assert (list(config.topics), list(config.extensions)) == (["t", "u"], ["x"])
    assert config.engine.extensions.strict
    assert config.document.where(config.groups["a"].path) == f"{path / 'c.yaml'}:3"


def test_what_stands_in_two_files_is_an_error_that_names_both(folder):
    path = folder(
        a=f"{HEAD}policies: \ngroups: {{g: {GROUP}}}\n",
        b=f"{HEAD}policies: \ntopics: {{t: }}\n",
        c=f"{HEAD}topics: {{t: }}\ngroups:\n  g: {GROUP}\n",
    )
    b, c, one = path / "b.yaml", path / "c.yaml", "keep it in one file"
    assert located(path) == [
        (f"{b}:2", "policies", f"another file has this already: {path / 'a.yaml'}:2", one),
        (f"{c}:2", "topics::t", f"another file has this already: {b}:3", one),
        (f"{c}:4", "groups::g", f"another file has this already: {path / 'a.yaml'}:3", one),
    ]


def test_a_section_that_is_no_mapping_in_one_file_is_told_with_the_others(folder):
    path = folder(a=f"{HEAD}topics: 5\n", b=f"{HEAD}topics: {{t: }}\ngroups: {{g: {GROUP}}}\n")
    assert [(where, what) for where, _, what, _ in located(path)] == [
        (f"{path / 'b.yaml'}:2", f"another file has this already: {path / 'a.yaml'}:2"),
    ]


def test_problems_of_a_directory_are_told_with_their_files(folder):
    path = folder(a=f"{HEAD}groups: {{g: {GROUP}}}\n", b=f"{HEAD}grups: {{}}\n")
    assert located(path) == [(f"{path / 'b.yaml'}:2", "grups", "unknown key", "did you mean `groups`?")]


def test_each_file_of_a_directory_says_its_version_and_is_a_mapping(folder):
    path = folder(
        a=f"{HEAD}groups: {{g: {GROUP}}}\n", b="topics: {}\n", c="[1]\n", d="version: x\n", e="a: [\n"
    )
    assert [(where, what) for where, _, what, _ in located(path)] == [
        (f"{path / 'e.yaml'}:2", "not valid YAML: did not find expected node content"),
        (f"{path / 'b.yaml'}:1", "required key is missing"),
        (f"{path / 'c.yaml'}:1", "expected a mapping"),
        (f"{path / 'd.yaml'}:1", "another file has another version, otel_dataflow/v1: x"),
    ]


def test_a_directory_without_files_is_an_error(tmp_path):
    assert located(tmp_path) == [
        (
            "",
            "",
            f"there is no configuration in the directory: {tmp_path}",
            "names of its files end with .json, .yaml, .yml",
        )
    ]


def test_a_name_that_no_file_has_is_an_error():
    assert located(Path("a\0b")) == [("", "", "not the name of a file: 'a\\x00b'", "")]
