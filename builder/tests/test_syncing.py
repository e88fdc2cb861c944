"""Shared replacements: one list, in every file that shares it, and nothing else of the file touched."""

import shutil
import tomllib
from pathlib import Path

import pytest

from penstock_builder.document import parse
from penstock_builder.errors import ManifestError, OutputError
from penstock_builder.load import load
from penstock_builder.sharing import SharedReplacement, read_shared
from penstock_builder.syncing import BEGIN, END, synced

FIXTURE = Path(__file__).parents[3] / "shared/fixtures/ocb/alloy-dependency-replacements.yaml"
SHARED = """\
modules:
  - {name: demo, path: builder-manifest.yaml, file_type: manifest}
  - {name: lib, path: lib/pyproject.toml, file_type: pyproject}
replaces:
  - comment: >
      Waits for the fix of
      https://example.org/issue/1.
    dependency: pebble
    replacement: pebble == 1.0
  - {comment: a fork, dependency: sand, replacement: ./forks/sand}
  - {comment: not used, dependency: mud, replacement: nothing}
"""
PYPROJECT = """\
[project]
name = "lib"   # kept
version = "1"

[tool.uv]
override-dependencies = ["local==1"]  # only here

[tool.uv.sources]
local = { path = "x" }

[tool.other]
a = 1
"""


@pytest.fixture
def shared(demo):
    """The small distribution and a library that share three replacements."""
    demo.project("forks/sand", "sand", version="3.0")
    (demo.root / "lib").mkdir()
    (demo.root / "lib/pyproject.toml").write_text(PYPROJECT)
    (demo.root / "dependency-replacements.yaml").write_text(SHARED)
    return demo


def one(dependency: str, replacement: str, comment: str = "why") -> SharedReplacement:
    return SharedReplacement(dependency=dependency, replacement=replacement, comment=comment)


def test_b_38_the_list_is_written_into_every_file_and_the_rest_stays(shared, penstock, small) -> None:
    done = penstock("sync-replaces")
    assert (done.code, done.out, done.err) == (
        0,
        "builder-manifest.yaml\nlib/pyproject.toml\n",
        "2 files written\n",
    )
    text = (shared.root / "builder-manifest.yaml").read_text()
    assert text.startswith(small)
    assert text.removeprefix(small) == (
        f"  {BEGIN}\n"
        '  - dependency: "pebble"\n    version: "1.0"\n'
        '    reason: "Waits for the fix of https://example.org/issue/1."\n    link: "https://example.org/issue/1"\n'
        '  - dependency: "sand"\n    path: "./forks/sand"\n    reason: "a fork"\n'
        '  - dependency: "mud"\n    drop: true\n    reason: "not used"\n'
        f"  {END}\n"
    )
    assert [found.project for found in load(shared.root / "builder-manifest.yaml").manifest.replaces] == [
        "penstock-api",
        "pebble",
        "sand",
        "mud",
    ]


def test_b_38_a_pyproject_gets_overrides_and_sources_together(shared, penstock) -> None:
    penstock("sync-replaces")
    text = (shared.root / "lib/pyproject.toml").read_text()
    uv = tomllib.loads(text)["tool"]["uv"]
    assert sorted(uv["override-dependencies"]) == ["local==1", "pebble==1.0", "sand"]
    assert uv["exclude-dependencies"] == ["mud"]
    assert uv["sources"] == {"local": {"path": "x"}, "sand": {"path": "../forks/sand"}}
    kept = [line for line in PYPROJECT.splitlines() if not line.startswith("override")]
    assert [line for line in text.splitlines() if line in kept] == kept
    assert '"pebble==1.0",  # Waits for the fix of https://example.org/issue/1.' in text


def test_b_38_writing_again_changes_nothing_and_the_check_agrees(shared, penstock) -> None:
    stale = penstock("sync-replaces", "--check")
    assert stale.code == 1
    assert '+    reason: "a fork"' in stale.out
    assert stale.err.endswith("lib/pyproject.toml: is not current\n\nhint: run: penstock sync-replaces\n")
    penstock("sync-replaces")
    files = [shared.root / "builder-manifest.yaml", shared.root / "lib/pyproject.toml"]
    before = [(file.read_bytes(), file.stat().st_ino) for file in files]
    assert penstock("sync-replaces").err == "0 files written\n"
    assert penstock("sync-replaces", "--check").code == 0
    assert [(file.read_bytes(), file.stat().st_ino) for file in files] == before


def test_b_38_what_is_gone_from_the_list_is_gone_from_the_files(shared, penstock) -> None:
    penstock("sync-replaces")
    (shared.root / "dependency-replacements.yaml").write_text(
        SHARED.partition("replaces:")[0] + "replaces: []\n"
    )
    penstock("sync-replaces")
    text = (shared.root / "builder-manifest.yaml").read_text()
    assert f"  {BEGIN}\n  {END}\n" in text
    uv = tomllib.loads((shared.root / "lib/pyproject.toml").read_text())["tool"]["uv"]
    assert (uv["override-dependencies"], uv["exclude-dependencies"]) == (["local==1"], [])


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nreplaces: []\nb: 2\n",
        "a: 1\nreplaces:\nb: 2\n",
        "a: 1\nb: 2\n",
        "a: 1",
        "replaces: # first\n- {dependency: x, path: y}   # a comment\n\n# about b\nb: 2\n",
        "replaces:\n    - dependency: x\n      path: y\nb: 2",
        "replaces:\n  - dependency: x\n    path: y",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_b_38_any_layout_is_kept(text: str, newline: str) -> None:
    given = text.replace("\n", newline)
    done = synced(given, "manifest", [one("pebble", "pebble 1.0")], "m.yaml")
    assert synced(done, "manifest", [one("pebble", "pebble 1.0")], "m.yaml") == done
    assert done.count("\n") == done.count(newline if newline in given else "\n")
    found = parse(done, "m.yaml").value
    assert found["replaces"][-1] == {"dependency": "pebble", "version": "1.0", "reason": "why"}
    assert len(found["replaces"]) == 1 + text.count("path")
    block = done[done.index(BEGIN) : done.index(END)]
    rest = done.replace(block, "")
    assert all(line in rest for line in given.replace(" []", "").splitlines())


def test_b_38_the_end_of_a_file_is_kept_between_markers() -> None:
    text = f"replaces:\n  {BEGIN}\n  {END}\nb: 2"
    done = synced(text, "manifest", [one("a", "a 1")], "m.yaml")
    assert done.endswith(f"  {END}\nb: 2")


@pytest.mark.parametrize(
    "text",
    [
        f"replaces:\n  {BEGIN}\n",
        f"replaces:\n  {END}\n",
        f"replaces:\n  {END}\n  {BEGIN}\n",
        f"replaces:\n  {BEGIN}\n  {BEGIN}\n  {END}\n",
    ],
)
def test_b_38_one_marker_is_not_enough(text: str) -> None:
    with pytest.raises(
        OutputError, match=r"m.yaml: needs one line `# <begin shared replacements>`, and one line"
    ):
        synced(text, "manifest", [], "m.yaml")


@pytest.mark.parametrize(
    ("text", "kind", "rule", "what"),
    [
        (
            "a: [\n",
            "manifest",
            one("a", "a 1"),
            "m: is not YAML, or would not be with the shared replacements",
        ),
        ("- a\n", "manifest", one("a", "a 1"), "m: is not a mapping"),
        ("a: 1\r\nb: 2\n", "manifest", one("a", "a 1"), "m: mixes line endings"),
        ("a: 1\n", "manifest", one("a", "b 1 2 3 4"), "m: cannot take the replacement of a: b 1 2 3 4"),
        (
            "a = [\n",
            "pyproject",
            one("a", "a 1"),
            "m: is not TOML, or would not be with the shared replacements",
        ),
        ("a = 1\n", "pyproject", one("a", "b"), "m: must require what takes the place of another project: b"),
    ],
)
def test_b_38_a_file_that_cannot_take_them_is_left_alone(text, kind, rule, what) -> None:
    with pytest.raises(OutputError) as caught:
        synced(text, kind, [rule], "m")
    assert caught.value.what == what


def test_b_38_a_pyproject_without_tables_gets_them() -> None:
    rules = [
        one("a", "a 1"),
        one("b", "git+https://example.org/b.git@0123456789abcdef0123456789abcdef01234567#subdirectory=x"),
        one("c", f"https://example.org/c.whl#sha256={'0' * 64}"),
        one("d", "e >= 2"),
    ]
    text = '[project]\ndependencies = ["e"]'
    done = synced(text, "pyproject", rules, "p")
    assert synced(done, "pyproject", rules, "p") == done
    assert tomllib.loads(done)["tool"]["uv"] == {
        "override-dependencies": ["a==1", "b", "c"],
        "exclude-dependencies": ["d"],
        "sources": {
            "b": {
                "git": "https://example.org/b.git",
                "rev": "0123456789abcdef0123456789abcdef01234567",
                "subdirectory": "x",
            },
            "c": {"url": "https://example.org/c.whl"},
        },
    }


def test_files_that_cannot_be_read_or_written_are_named(shared, penstock) -> None:
    (shared.root / "lib/pyproject.toml").write_bytes(b"\xff")
    assert penstock("sync-replaces").err == "lib/pyproject.toml: is not UTF-8\n"
    (shared.root / "lib/pyproject.toml").unlink()
    assert penstock("sync-replaces").err == "lib/pyproject.toml: cannot be read: No such file or directory\n"
    (shared.root / "lib/pyproject.toml").write_text(PYPROJECT)
    (shared.root / "lib/.pyproject.toml.partial").mkdir()
    assert penstock("sync-replaces").err.startswith("lib/pyproject.toml: cannot be written: Is a directory")
    assert (shared.root / "lib/pyproject.toml").read_text() == PYPROJECT


def refused(world, text) -> list[str]:
    file = world.root / "r.yaml"
    file.write_text(text)
    with pytest.raises(ManifestError) as caught:
        read_shared(file)
    return str(caught.value).replace(f"{world.root}/", "").split("\n\n")


def test_b_35_a_shared_replacement_says_why_and_if_asked_names_a_link(world) -> None:
    text = "modules: []\nreplaces:\n  - {dependency: a, replacement: b 1}\n"
    assert refused(world, text) == ["r.yaml:3:5: replaces[0].comment: is required"]
    text = "modules: []\nrequire_link: true\nreplaces:\n  - {comment: so, dependency: a, replacement: b 1}\n"
    assert refused(world, text)[0] == "r.yaml:4:15: replaces[0].comment: has no link"


def test_b_32_b_33_the_shared_list_has_no_doubles_and_no_chains(world) -> None:
    rule = "  - {{comment: c, dependency: {}, replacement: {}}}\n"
    text = (
        "modules: []\nreplaces:\n"
        + rule.format("a", "b 1")
        + rule.format("b", "c 1")
        + rule.format("a", "d 1")
    )
    assert refused(world, text)[:2] == [
        "r.yaml:5:5: replaces[2]: already listed on line 3: a",
        "hint: remove one of the two",
    ]
    text = "modules: []\nreplaces:\n" + rule.format("a", "b 1") + rule.format("b", "c 1")
    assert refused(world, text) == ["r.yaml:3:5: replaces[0]: is replaced by what is replaced itself: a => b"]


def test_mistakes_of_the_shared_file_come_at_once(world) -> None:
    text = "modules:\n  - {name: a, path: ../b, file_type: manifest}\n  - {name: c, path: d, file_type: e}\nnonsense: 1\n"
    assert [line.partition(": ")[2] for line in refused(world, text)] == [
        "modules[0].path: must lead to a folder inside: '../b'",
        "modules[1].file_type: input should be 'manifest', 'pyproject', 'ocb' or 'mod'",
        "nonsense: unknown key",
    ]


def test_b_38_a_real_list_is_read_and_written_into_a_manifest_of_the_other_builder(world, penstock) -> None:
    if not FIXTURE.exists():
        pytest.skip(f"{FIXTURE} is not on this machine")
    (world.root / "collector").mkdir()
    shutil.copy(FIXTURE, world.root / "dependency-replacements.yaml")
    shutil.copy(FIXTURE.with_name("alloy.yaml"), world.root / "collector/builder-config.yaml")
    before = (world.root / "collector/builder-config.yaml").read_text()
    shared = read_shared(world.root / "dependency-replacements.yaml")
    assert (len(shared.modules), len(shared.replaces)) == (3, 21)
    done = penstock("sync-replaces")
    assert done.err.splitlines() == [
        "warning: go.mod: is a file of Go, and not written",
        "warning: extension/alloyengine/go.mod: is a file of Go, and not written",
        "1 files written",
    ]
    after = (world.root / "collector/builder-config.yaml").read_text()
    begin, end = after.index(f"  {BEGIN}"), after.index(END) + len(END) + 1
    assert after[:begin] + after[end:] == before
    assert after.count(" => ") == before.count(" => ") + 21
    assert penstock("sync-replaces", "--check").code == 0
