"""One version everywhere, and a change log in pieces that can be joined."""

import tomllib
from pathlib import Path

import pytest

from release import changes, versions

ROOT = Path(__file__).resolve().parents[2]


def test_b_88_every_version_of_ours_that_is_written_down_is_the_one_in_its_file():
    version = versions.current(ROOT)
    wrong = [
        f"{place.file.relative_to(ROOT)}:{place.line}: {place.version}"
        for place in versions.places(ROOT)
        if place.version != version
    ]
    assert wrong == []


def test_b_88_every_project_and_every_manifest_has_a_place():
    found = {place.file for place in versions.places(ROOT)}
    projects = {ROOT / "builder/pyproject.toml", *ROOT.glob("components/*/*/pyproject.toml")}
    manifests = {ROOT / "builder-manifest.yaml", *ROOT.glob("distributions/*/manifest.yaml")}
    assert (projects | manifests) - found == set()
    for one in projects:
        assert tomllib.loads(one.read_text())["project"]["version"] == versions.current(ROOT)


def test_b_88_the_newest_release_of_the_change_log_is_the_version():
    assert changes.newest(ROOT) in (None, versions.current(ROOT))


def test_every_piece_of_the_change_log_is_well_named():
    assert list(changes.problems(ROOT)) == []


@pytest.fixture
def planted(tmp_path):
    """A repository of nothing but pieces."""
    (tmp_path / "changes").mkdir()
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    return tmp_path


@pytest.mark.parametrize("name", ["builder.added.md", "3.md", "3.new.md", "3.added.txt", "3.added.x.md"])
def test_a_badly_named_piece_is_found(planted, name):
    (planted / "changes" / name).write_text("Something.\n")
    assert list(changes.problems(planted)) == [
        f"changes/{name}: is not <issue>.<kind>.md with one of these kinds: added, changed, fixed, removed, security"
    ]


def test_an_empty_piece_is_found_and_a_good_one_and_the_explanation_are_not(planted):
    for name, text in (("3.added.md", "\n"), ("3.fixed.2.md", "A crash.\n"), ("README.md", "")):
        (planted / "changes" / name).write_text(text)
    assert list(changes.problems(planted)) == ["changes/3.added.md: is empty"]


def test_a_stale_version_is_replaced_where_it_is_ours_and_nowhere_else(tmp_path):
    (tmp_path / "VERSION").write_text("0.1.0\n")
    (tmp_path / "builder-manifest.yaml").write_text(
        'dist:\n  version: "0.1.0"\nreceivers:\n  - package: penstock-receiver-otlp == 0.1.0 # 0.1.0\nconstraints: [pebble==0.1.0]\n'
    )
    (tmp_path / "CHANGELOG.md").write_text("## 0.1.0\n\npenstock-api==0.1.0\n")
    found = versions.rewritten(tmp_path, "0.2.0rc1")
    assert {file.name: text for file, text in found.items()} == {
        "VERSION": "0.2.0rc1\n",
        "builder-manifest.yaml": 'dist:\n  version: "0.2.0rc1"\nreceivers:\n  - package: penstock-receiver-otlp == 0.2.0rc1 # 0.1.0\nconstraints: [pebble==0.1.0]\n',
    }
