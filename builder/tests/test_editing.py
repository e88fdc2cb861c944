"""Edits of a manifest: the right line changes, every other byte stays, and a wrong result is never written."""

import pytest

from penstock_builder import splice
from penstock_builder.document import read
from penstock_builder.splice import Layout, SpliceError

MESSY = """\
# top
dist:   {name: demo, version: "1.2.3",
         output_path: out}   # flow
collector:
    package:   "penstock-collector == 0.1.0"   # why
    path: components/core/collector

receivers:
# above
-   package: penstock-receiver-otlp == 0.1.0  # inline
    path:    components/receiver/otlp

exporters:
    # keep me
    - {package: 'penstock-exporter-debug == 0.1.0', path: components/exporter/debug}
    # end of exporters

replaces: [{dependency: penstock-api, path: components/core/api, reason: x}]
# bottom"""


@pytest.fixture
def messy(demo):
    demo.manifest(MESSY)
    return demo


def text(demo) -> str:
    return (demo.root / "builder-manifest.yaml").read_bytes().decode()


def only(before: str, after: str, old: str, new: str) -> bool:
    return before.count(old) == 1 and after == before.replace(old, new)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("penstock-receiver-otlp", "penstock-receiver-otlp == 0.1.0", "penstock-receiver-otlp == 0.2.0"),
        (
            "Penstock.Exporter_Debug",
            "'penstock-exporter-debug == 0.1.0'",
            "'penstock-exporter-debug == 0.2.0'",
        ),
        ("penstock-collector", '"penstock-collector == 0.1.0"', '"penstock-collector == 0.2.0"'),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_pin_changes_one_version_and_nothing_else(messy, penstock, name, old, new, ending) -> None:
    file = messy.root / "builder-manifest.yaml"
    file.write_bytes(MESSY.replace("\n", ending).encode())
    before = text(messy)
    done = penstock("pin", f"{name}==0.2.0")
    assert (done.code, done.err) == (0, "\nhint: run: penstock generate\n")
    assert only(before, text(messy), old, new)
    assert penstock("pin", f"{name}==0.2.0").err == "nothing to change\n"


def test_a_pin_of_something_else_is_a_constraint_that_the_lock_obeys(messy, penstock) -> None:
    before = text(messy)
    assert penstock("pin", "pebble==1.0").out == "constraints: pebble == 1.0\n"
    assert text(messy) == f"{before}\n\nconstraints:\n  - pebble == 1.0\n"
    penstock("lock")
    assert "pebble==1.0" in messy.read("requirements.lock")
    penstock("pin", "pebble==1.1")
    assert text(messy) == f"{before}\n\nconstraints:\n  - pebble == 1.1\n"
    assert penstock("lock", "--check").code == 1
    penstock("lock")
    assert "pebble==1.1" in messy.read("requirements.lock")
    penstock("remove", "pebble")
    assert text(messy) == f"{before}\n\n"


@pytest.mark.parametrize("wrong", ["pebble", "pebble>=1", "pebble==1.*"])
def test_a_pin_needs_one_version(messy, penstock, wrong: str) -> None:
    done = penstock("pin", wrong)
    assert done.code == 2
    assert f"write it as NAME==VERSION: {wrong}" in done.err


def test_what_is_no_requirement_is_refused(messy, penstock) -> None:
    assert "is not a requirement: 'a b'" in penstock("add", "a b").err


def test_a_component_is_added_behind_the_last_one(messy, penstock) -> None:
    before = text(messy)
    assert penstock("add", "penstock-receiver-nop==0.1.0", "--path", "components/receiver/nop").code == 0
    last = "    path:    components/receiver/otlp\n"
    more = "- package: penstock-receiver-nop==0.1.0\n  path: components/receiver/nop\n"
    assert only(before, text(messy), last, last + more)


def test_a_component_is_added_to_a_section_that_there_was_not(messy, penstock) -> None:
    before = text(messy)
    penstock(
        "add", "acme-batch == 1.0", "--kind", "processor", "--name", "batch", "--import", "acme.batch:make"
    )
    assert text(messy) == (
        f"{before}\n\nprocessors:\n  - package: acme-batch == 1.0\n    name: batch\n    import: acme.batch:make\n"
    )


def test_a_component_without_a_telling_name_needs_its_kind(messy, penstock) -> None:
    done = penstock("add", "acme-batch == 1.0")
    assert done.code == 2
    assert "--kind is needed, because the name does not say it: acme-batch" in done.err


def test_a_component_that_is_there_is_refused_and_the_file_stays(messy, penstock) -> None:
    before = text(messy)
    done = penstock("add", "penstock-receiver-otlp == 0.1.0")
    assert done.code == 2
    assert "already listed on line 10: penstock-receiver-otlp" in done.err
    assert text(messy) == before


def test_removing_takes_the_lines_of_the_entry_alone(messy, penstock) -> None:
    messy.manifest(MESSY.replace("exporters:", "- package: penstock-receiver-nop\n\nexporters:"))
    before = text(messy)
    assert penstock("remove", "penstock-receiver-otlp").out == "receivers[0]: removed\n"
    gone = "-   package: penstock-receiver-otlp == 0.1.0  # inline\n    path:    components/receiver/otlp\n"
    assert only(before, text(messy), gone, "")


def test_removing_the_last_entry_takes_the_section(messy, penstock) -> None:
    before = text(messy)
    penstock("remove", "penstock-api")
    gone = "replaces: [{dependency: penstock-api, path: components/core/api, reason: x}]\n"
    assert only(before, text(messy), gone, "")


def test_removing_what_is_not_there_is_a_mistake(messy, penstock) -> None:
    done = penstock("remove", "gravel")
    assert (done.code, done.err) == (2, "builder-manifest.yaml:2:1: does not name: gravel\n")


def test_a_replacement_is_added_and_changed(messy, penstock) -> None:
    before = text(messy)
    penstock("replace", "pebble", "--path", "../my pebble", "--reason", 'a "fork": # 7')
    new = ', {dependency: "pebble", path: "../my pebble", reason: "a \\"fork\\": # 7"}]'
    assert only(before, text(messy), "reason: x}]", "reason: x}" + new)
    penstock("replace", "pebble", "--path", "elsewhere", "--reason", "y")
    assert 'path: "elsewhere", reason: "y"}]' in text(messy)
    assert "my pebble" not in text(messy)


def test_a_replacement_is_by_one_thing(messy, penstock) -> None:
    done = penstock("replace", "pebble", "--reason", "x")
    assert done.code == 2
    assert "give exactly one of --path, --version and --package" in done.err


@pytest.mark.parametrize(
    ("value", "yaml"),
    [
        ("pebble == 1.0", "pebble == 1.0"),
        ("1.10", '"1.10"'),
        ("yes", '"yes"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("../x", '"../x"'),
        ("größer", '"größer"'),
        ("- x", '"- x"'),
        ("name[extra]>=1,<2", "name[extra]>=1,<2"),
        ("", '""'),
    ],
)
def test_a_value_is_plain_only_where_yaml_reads_the_same_text(value: str, yaml: str) -> None:
    from ruamel.yaml import YAML

    assert splice.written(value) == yaml
    assert YAML(typ="safe", pure=True).load(f"a: {yaml}") == {"a": value}


@pytest.mark.parametrize(
    ("source", "change", "what"),
    [
        ("- a", lambda one: splice.appended(one, "a", "b"), "is not a mapping"),
        ("a: [", lambda one: splice.appended(one, "a", "b"), "is not YAML"),
        ("a: 1", lambda one: splice.removed(one, "a", 0), "is not a list: a"),
        (
            "a:\n- b: |\n    c\n",
            lambda one: splice.assigned(one, ("a", 0, "b"), "c"),
            r"is not a line of text: a\[0\].b",
        ),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(source, change, what) -> None:
    with pytest.raises(SpliceError, match=what):
        change(Layout.of(source))


def test_a_manifest_that_cannot_be_edited_is_one_mistake(messy, penstock) -> None:
    messy.manifest(MESSY.replace("'penstock-exporter-debug == 0.1.0'", "*x").replace("# top", "# top"))
    assert penstock("pin", "penstock-exporter-debug==1").code == 2
    folded = MESSY.replace(
        "penstock-receiver-otlp == 0.1.0  # inline", ">-\n      penstock-receiver-otlp == 0.1.0"
    )
    messy.manifest(folded)
    done = penstock("pin", "penstock-receiver-otlp==1")
    assert done.code == 2
    assert "cannot be edited: is not a line of text: receivers[0].package" in done.err
    assert text(messy) == folded


@pytest.mark.parametrize(
    ("source", "index", "left"),
    [
        ("a: [x, y]\n", 0, "a: [y]\n"),
        ("a: [x, y]\n", 1, "a: [x]\n"),
        ("a:\n- x\n- y", 1, "a:\n- x\n"),
        ("a:\n  - x # c\n  # d\n  - y\n", 0, "a:\n  # d\n  - y\n"),
    ],
)
def test_items_of_any_list_are_removed(source: str, index: int, left: str) -> None:
    assert splice.removed(Layout.of(source), "a", index) == left


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("a: [x]\n", 'a: [x, "z"]\n'),
        ("a: []\nb: 1\n", "a:\n  - z\nb: 1\n"),
        ("a:\nb: 1\n", "a:\n  - z\nb: 1\n"),
        ("a: ~ # c\nb: 1\n", "a: # c\n  - z\nb: 1\n"),
        ("a:\n- x", "a:\n- x\n- z\n"),
        ("a:\n  - x # c\n\nb: 1\n", "a:\n  - x # c\n  - z\n\nb: 1\n"),
        ("b: 1", "b: 1\n\na:\n  - z\n"),
    ],
)
def test_items_are_appended_to_any_list(source: str, result: str) -> None:
    assert splice.appended(Layout.of(source), "a", "z") == result


def test_the_engine_and_the_telemetry_are_pinned_where_they_are_named(demo, penstock, small) -> None:
    more = "engine:\n  package: acme-engine == 1.0 # ours\ntelemetry: {package: acme-telemetry}\n"
    file = demo.manifest(small + more)
    assert penstock("pin", "acme-engine==1.1").code == 0
    assert penstock("pin", "acme-telemetry==2.0").code == 0
    assert file.read_text() == small + (
        "engine:\n  package: acme-engine == 1.1 # ours\ntelemetry: {package: acme-telemetry == 2.0}\n"
    )


def test_what_is_no_entry_of_a_list_is_taken_out_by_a_person(demo, penstock, small) -> None:
    demo.manifest(small + "telemetry: {package: acme-telemetry}\n")
    done = penstock("remove", "acme-telemetry")
    assert done.code == 2
    assert "telemetry: is no list, so that a person has to take out: acme-telemetry" in done.err


def test_a_component_is_added_under_a_condition_and_from_an_index(demo, penstock, small) -> None:
    file = demo.manifest(small + "indexes:\n  - {name: ours, env: A}\n")
    words = ("--index", "ours", "--markers", "sys_platform == 'linux'")
    assert penstock("add", "penstock-processor-clay==2.0", *words).code == 0
    added = read(file).value["processors"][0]
    assert (added["index"], added["markers"]) == ("ours", "sys_platform == 'linux'")
    before = file.read_text()
    done = penstock("add", "penstock-processor-loam", "--index", "theirs")
    assert (done.code, "is no entry of `indexes`: theirs" in done.err) == (2, True)
    done = penstock("add", "penstock-processor-loam", "--markers", "linux")
    assert (done.code, "is not a condition: 'linux'" in done.err) == (2, True)
    assert file.read_text() == before
