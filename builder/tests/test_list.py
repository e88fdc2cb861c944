"""`penstock list`: what components there are, and the line to paste."""

import json

import pytest

from penstock_builder import __version__
from penstock_builder.document import parse
from penstock_builder.scaffold.catalogue import find, installed, known, nearest, search
from penstock_builder.validate import validate


def test_every_known_component_has_a_line_that_a_manifest_takes() -> None:
    for one in known():
        text = f'dist: {{name: x, version: "1"}}\n{one.kind}s:\n  {one.line}\n'
        manifest, problems = validate(parse(text, "m"))
        assert (manifest is not None, list(problems)) == (True, [])


def test_known_and_installed_agree_on_what_is_in_this_repository() -> None:
    assert {(one.kind, one.name, one.project, one.description) for one in known()} <= {
        (one.kind, one.name, one.project, one.description) for one in installed()
    }


def test_every_word_of_the_query_must_occur() -> None:
    assert [one.name for one in search(known(), "receiver protobuf OTLP")] == ["otlp"]
    assert search(known(), "") == known()
    assert search(known(), "otlp nonsense") == ()


def test_a_component_is_found_by_its_name_and_told_when_it_is_not() -> None:
    assert find("processor", "batch").project == "penstock-processor-batch"
    assert find("processor", "otlp") is None
    assert nearest("processor", "bach") == "did you mean `batch`?"
    assert nearest("processor", "zzz").startswith("known processors are ")


def test_the_command_prints_the_line_to_paste(penstock) -> None:
    done = penstock("list", "memory", "limiter")
    assert done.code == 0
    assert done.out == (
        "processors/memory_limiter: Refuses telemetry while the process uses too much memory.\n"
        f"    - package: penstock-processor-memory-limiter == {__version__}\n"
    )


def test_json_has_the_same(penstock) -> None:
    (entry,) = json.loads(penstock("list", "--json", "memory_limiter").out)
    assert entry["section"] == "processors"
    assert entry["line"] == f"- package: penstock-processor-memory-limiter == {__version__}"
    assert set(entry["stability"]) == {"traces", "metrics", "logs"}


@pytest.mark.parametrize("words", [("nothing", "like", "this"), ("--installed", "nothing-like-this")])
def test_no_match_is_exit_1(penstock, words) -> None:
    done = penstock("list", *words)
    wanted = " ".join(word for word in words if word != "--installed")
    hint = "hint: `penstock list` shows all that there are"
    assert (done.code, done.err) == (1, f"no component matches: {wanted}\n\n{hint}\n")


def test_where_nothing_is_installed_that_is_said(penstock, monkeypatch) -> None:
    monkeypatch.setattr("penstock_builder.scaffold.catalogue.installed", lambda: ())
    assert penstock("list", "--installed").err.startswith("no component is installed here\n")


def test_installed_and_known_exclude_each_other(penstock) -> None:
    done = penstock("list", "--installed", "--known")
    assert (done.code, "--installed and --known exclude each other" in done.err) == (2, True)
    assert penstock("list", "--installed", "batch").code == 0
