"""Replacements: every form, for whoever requires it, in the lock, in the package and in the wheel."""

import hashlib
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import find_spec

import pytest
from packaging.pylock import Pylock

from penstock_builder import uv
from penstock_builder.errors import ManifestError
from penstock_builder.load import load
from penstock_builder.reading import Reading

HEAD = """\
dist: {name: demo, version: "1.0"}
receivers:
  - package: penstock-receiver-otlp
"""


@pytest.fixture
def deep(demo):
    """`pebble`, which a component requires, requires `sand` of one version, and `mud`."""
    demo.wheel("pebble", "1.1", requires=("sand==1.0", "mud>=1"))
    for name, version in (("sand", "1.0"), ("sand", "2.0"), ("mud", "1.0"), ("silt", "1.0")):
        demo.wheel(name, version, code=f"VERSION = {version!r}\n")
    return demo


def replacing(world, small, *lines) -> None:
    """The small manifest with more replacements."""
    world.manifest(small + "".join(f"  - {{{line}, reason: tried}}\n" for line in lines))


def pins(world) -> list[str]:
    return [
        line.removesuffix(" \\")
        for line in world.read("requirements.lock").splitlines()
        if "==" in line and line[0] not in "# "
    ]


def remembered(world) -> list[str]:
    heads = ("# replaced: ", "# unused: ", "# forced: ")
    return [line[2:] for line in world.read("requirements.lock").splitlines() if line.startswith(heads)]


def required(world) -> list[str]:
    text = world.read("pyproject.toml")
    return [
        line.strip(' ",') for line in text.partition("dependencies = [\n")[2].partition("]")[0].splitlines()
    ]


def carried(world, penstock) -> dict[str, str]:
    """What the built wheel carries, by the path below `_embedded`."""
    done = penstock("build")
    assert done.code == 0, done.err
    with zipfile.ZipFile(world.root / "dist/demo-1.2.3-py3-none-any.whl") as wheel:
        names = [name for name in wheel.namelist() if name.startswith("demo/_embedded/")]
        return {
            name.removeprefix("demo/_embedded/"): wheel.read(name).decode(errors="replace") for name in names
        }


def test_b_29_b_30_b_31_another_version_of_what_only_a_third_party_requires(deep, penstock, small) -> None:
    replacing(deep, small, 'dependency: Sand, version: "2.0"')
    assert penstock("generate").code == 0
    assert pins(deep) == ["mud==1.0", "pebble==1.1", "sand==2.0"]
    assert required(deep) == ["mud==1.0", "pebble==1.1", "sand==2.0"]
    assert remembered(deep) == [
        "replaced: sand 2.0 version",
        "forced: pebble requires sand==1.0, and gets 2.0",
    ]


def test_b_29_b_30_a_project_on_this_machine(deep, penstock, small) -> None:
    deep.project("forks/sand", "sand", version="3.0", requires=("silt",), code="VERSION = 'fork'\n")
    replacing(deep, small, "dependency: sand, path: forks/sand")
    assert penstock("generate").code == 0
    assert pins(deep) == ["mud==1.0", "pebble==1.1", "silt==1.0"]
    assert required(deep) == ["mud==1.0", "pebble==1.1", "silt==1.0"]
    assert remembered(deep) == ["replaced: sand 3.0 path", "forced: pebble requires sand==1.0, and gets 3.0"]
    assert "| sand | 3.0 | forks/sand | tried |" in deep.read("README.md")
    assert str(deep.root) not in deep.read("requirements.lock")
    assert carried(deep, penstock)["sand/__init__.py"] == "VERSION = 'fork'\n"


def git(folder, *words) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z"}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(deep):
    """A repository outside the workspace with a fork of `sand`, and its commit."""
    folder = deep.root.parent / "repository"
    deep.project("../repository/inner/sand", "sand", version="1.5", code="VERSION = 'git'\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "all")
    return folder, git(folder, "rev-parse", "HEAD")


def test_b_29_b_36_a_commit_of_a_repository(deep, repository, penstock, small) -> None:
    folder, commit = repository
    replacing(
        deep, small, f"dependency: sand, git: 'file://{folder}', rev: '{commit}', subdirectory: inner/sand"
    )
    done = penstock("generate")
    assert done.code == 0, done.err
    assert pins(deep) == ["mud==1.0", "pebble==1.1"]
    assert remembered(deep)[0] == f"replaced: sand 1.5 git {commit}"
    assert f"| sand | 1.5 | file://{folder}@{commit} | tried |" in deep.read("README.md").replace("\\_", "_")
    assert carried(deep, penstock)["sand/__init__.py"] == "VERSION = 'git'\n"


def test_b_36_a_branch_moves_unless_it_may_and_the_lock_has_its_commit(
    deep, repository, penstock, small
) -> None:
    folder, commit = repository
    replacing(deep, small, f"dependency: sand, git: 'file://{folder}', rev: main, subdirectory: inner/sand")
    done = penstock("generate")
    assert done.code == 2
    assert (
        "replaces[1].rev: may move: main\n\nhint: give the full id of the commit, or --allow-moving"
        in done.err
    )
    assert penstock("generate", "--allow-moving").code == 0
    assert remembered(deep)[0] == f"replaced: sand 1.5 git {commit}"
    assert penstock("check", "--allow-moving").code == 0


def test_b_29_b_37_an_archive_with_its_digest(deep, penstock, small) -> None:
    file = deep.wheel("sand", "1.0", code="VERSION = 'archive'\n")
    elsewhere = file.rename(deep.root.parent / "sand-1.0-py3-none-any.whl")
    digest = hashlib.sha256(elsewhere.read_bytes()).hexdigest()
    replacing(deep, small, f"dependency: sand, url: 'file://{elsewhere}', sha256: '{digest}'")
    done = penstock("generate")
    assert done.code == 0, done.err
    assert pins(deep) == ["mud==1.0", "pebble==1.1"]
    assert remembered(deep) == ["replaced: sand 1.0 url"]
    assert carried(deep, penstock)["sand/__init__.py"] == "VERSION = 'archive'\n"


def test_b_37_an_archive_with_another_digest_is_refused_and_leaves_nothing(deep, penstock, small) -> None:
    elsewhere = deep.wheel("sand", "1.0").rename(deep.root.parent / "sand-1.0-py3-none-any.whl")
    digest = hashlib.sha256(elsewhere.read_bytes()).hexdigest()
    replacing(deep, small, f"dependency: sand, url: 'file://{elsewhere}', sha256: '{'0' * 64}'")
    done = penstock("generate")
    assert done.code == 1
    assert "Hash mismatch" in done.err
    assert digest in done.err
    assert not (deep.root / "out").exists()
    cache = deep.root.parent / "cache"
    assert list(cache.rglob("sand/__init__.py")) == []


def test_b_29_another_project_takes_the_place(deep, penstock, small) -> None:
    replacing(deep, small, "dependency: sand, package: silt >= 1")
    assert penstock("generate").code == 0
    assert pins(deep) == ["mud==1.0", "pebble==1.1", "silt==1.0"]
    assert remembered(deep) == [
        "replaced: sand - package",
        "forced: pebble requires sand==1.0, and gets nothing",
    ]


@pytest.mark.parametrize(
    "text", ["  - {dependency: mud, drop: true, reason: unused code}\n", "excludes: [mud]\n"]
)
def test_b_29_what_is_dropped_is_nowhere(deep, penstock, small, text) -> None:
    deep.manifest(small + text)
    assert penstock("generate").code == 0
    assert pins(deep) == ["pebble==1.1", "sand==1.0"]
    assert remembered(deep) == ["replaced: mud - drop", "forced: pebble requires mud>=1, and gets nothing"]


def test_excluded_versions_and_constraints_are_bounds(deep, penstock, small) -> None:
    deep.wheel("mud", "2.0")
    deep.wheel("mud", "3.0")
    deep.manifest(small + "excludes: [mud==3.0]\n")
    penstock("generate")
    assert "mud==2.0" in pins(deep)
    deep.manifest(small + "constraints: [mud < 2]\n")
    penstock("generate")
    assert "mud==1.0" in pins(deep)


def test_b_34_what_nothing_requires_is_a_warning_or_an_error(deep, penstock, small) -> None:
    replacing(deep, small, 'dependency: lava, version: "1.0"')
    done = penstock("generate")
    what = "builder-manifest.yaml:19:5: replaces[1]: nothing requires what it replaces: lava"
    assert (done.code, done.err.splitlines()[0]) == (0, f"warning: {what}")
    assert remembered(deep) == ["unused: lava"]
    assert penstock("check").code == 0
    assert penstock("generate", "--strict").err.startswith(what)
    assert penstock("lock", "--strict").code == 1


def test_b_31_the_forced_violation_is_told_and_in_the_plan(deep, penstock, small) -> None:
    replacing(deep, small, 'dependency: sand, version: "2.0"')
    assert "warning: replaced: pebble requires sand==1.0, and gets 2.0\n" in penstock("generate").err
    assert "forced: pebble requires sand==1.0, and gets 2.0\n" in penstock("plan").out
    assert '{name: "sand", kind: version, version: "2.0", reason: "tried"},' in deep.read(
        "manifest.resolved.yaml"
    )


def test_a_component_may_come_from_an_archive(demo, penstock, small) -> None:
    file = demo.wheel(
        "penstock_connector_acme", "1.0", requires=("penstock-api==0.1.0",), code="factory = 7\n"
    )
    elsewhere = file.rename(demo.root.parent / file.name)
    digest = hashlib.sha256(elsewhere.read_bytes()).hexdigest()
    demo.manifest(
        small
        + f"connectors:\n  - {{package: penstock-connector-acme, url: 'file://{elsewhere}', sha256: '{digest}'}}\n"
    )
    done = penstock("generate")
    assert done.code == 0, done.err
    assert "project='penstock-connector-acme', version='1.0'" in demo.read("src/demo/components.py")
    assert carried(demo, penstock)["penstock_connector_acme/__init__.py"] == "factory = 7\n"


def test_the_lock_is_stale_when_a_replacement_changes_and_says_the_same_twice(deep, penstock, small) -> None:
    replacing(deep, small, 'dependency: sand, version: "2.0"')
    penstock("generate")
    first = deep.read("requirements.lock")
    assert (
        penstock("lock").err.startswith("requirements.lock is current\n")
        or "is current" in penstock("lock").err
    )
    assert deep.read("requirements.lock") == first
    deep.manifest(small)
    assert "requirements.lock: " in penstock("check").err
    penstock("generate")
    assert pins(deep) == ["mud==1.0", "pebble==1.1", "sand==1.0"]


def test_b_39_moving_the_checkout_changes_nothing(deep, penstock, small, monkeypatch) -> None:
    deep.project("forks/sand", "sand", version="3.0")
    replacing(deep, small, "dependency: sand, path: ./forks/sand")
    penstock("generate")
    before = {path.name: path.read_bytes() for path in (deep.root / "out").rglob("*") if path.is_file()}
    moved = deep.root.rename(deep.root.parent / "somewhere else")
    monkeypatch.chdir(moved)
    (moved / "out/requirements.lock").unlink()
    assert penstock("generate").code == 0
    assert {path.name: path.read_bytes() for path in (moved / "out").rglob("*") if path.is_file()} == before


def test_b_39_paths_are_relative_to_the_manifest_wherever_the_command_runs(
    deep, penstock, small, monkeypatch
) -> None:
    deep.project("forks/sand", "sand", version="3.0")
    folder = deep.root / "manifests/demo"
    folder.mkdir(parents=True)
    (deep.root / "dependency-replacements.yaml").write_text("modules: []\nreplaces: []\n")
    fork = "replaces:\n  - {dependency: sand, path: ../forks/sand, reason: tried}\n"
    (deep.root / "manifests/base.yaml").write_text(fork)
    text = small.replace("path: components", "path: ../../components").replace(
        "output_path: out", "output_path: ."
    )
    (folder / "manifest.yaml").write_text(f"extends: [../base.yaml]\n{text}")
    first = {}
    for here, manifest in (
        (deep.root, "manifests/demo/manifest.yaml"),
        (folder, "manifest.yaml"),
        (deep.links, str(folder / "manifest.yaml")),
    ):
        monkeypatch.chdir(here)
        assert penstock("generate", "-c", manifest).code == 0
        assert penstock("check", "-c", manifest).code == 0
        found = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        first = first or found
        assert found == first
    resolved = (folder / "manifest.resolved.yaml").read_text()
    assert 'name: "sand", version: "3.0", path: "../../forks/sand"' in resolved
    assert str(deep.root) not in resolved


def refused(world, text, **how) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        load(world.manifest(HEAD + text), Reading(environment={}, **how))
    return str(caught.value).replace(f"{world.root}/", "").split("\n\n")


def rule(*lines: str) -> str:
    return "replaces:\n" + "".join(f"  - {{{line}, reason: r}}\n" for line in lines)


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (("dependency: a, package: a",), "replaces[0]: replaces itself: a => a"),
        (
            ("dependency: a, package: b", "dependency: b, package: a"),
            "replaces[0]: is replaced by what is replaced itself: a => b => a",
        ),
        (
            ("dependency: a, package: b", "dependency: b, drop: true"),
            "replaces[0]: is replaced by what is replaced itself: a => b",
        ),
        (
            ("dependency: a, package: b", "dependency: b, package: c", "dependency: c, package: d"),
            "replaces[0]: is replaced by what is replaced itself: a => b => c => d",
        ),
    ],
)
def test_b_32_circles_and_chains_are_shown(world, lines, what) -> None:
    assert refused(world, rule(*lines))[0] == f"builder-manifest.yaml:5:5: {what}"


def test_b_33_one_name_has_one_replacement_however_it_is_spelt(world) -> None:
    found = refused(world, rule("dependency: Sand.Box, drop: true", "dependency: sand-box, version: '1'"))
    assert found[0] == "builder-manifest.yaml:6:5: replaces[1]: already listed on line 5: sand-box"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("dependency: a", "replaces[0]: does not say what takes its place"),
        ("dependency: a, version: '1', drop: true", "replaces[0]: says version and drop"),
        ("dependency: a, git: 'https://example.org/a.git'", "replaces[0].git: needs `rev`"),
        ("dependency: a, url: 'https://example.org/a.whl'", "replaces[0].url: needs `sha256`"),
        ("dependency: a, drop: true, rev: x", "replaces[0].rev: has no meaning without `git`"),
        (
            f"dependency: a, drop: true, sha256: '{'0' * 64}'",
            "replaces[0].sha256: has no meaning without `url`",
        ),
    ],
)
def test_b_36_b_37_a_replacement_is_exact(world, line, what) -> None:
    assert any(one.endswith(f": {what}") for one in refused(world, rule(line)))


def test_a_component_has_one_source(world) -> None:
    world.project("a", "a")
    text = (
        f"connectors:\n  - {{package: a, path: a, url: 'https://example.org/a.whl', sha256: '{'0' * 64}'}}\n"
    )
    assert refused(world, text)[0] == "builder-manifest.yaml:5:5: connectors[0]: says path and url"


@pytest.mark.parametrize(
    ("key", "source"),
    [
        ("git", f"git: 'file:///srv/a', rev: '{'0' * 40}'"),
        ("url", f"url: 'file:///srv/a.whl', sha256: '{'0' * 64}'"),
    ],
)
def test_a_wheel_that_embeds_nothing_names_no_place_of_this_machine(world, key, source) -> None:
    text = rule(f"dependency: a, {source}")
    what = rf"replaces.0..{key}: is on this machine, where nobody .* can fetch it: file:///srv/a"
    with pytest.raises(ManifestError, match=what):
        load(world.manifest((HEAD + text).replace('"1.0"', '"1.0", embed: none')))


def test_b_29_the_other_builders_spelling(world) -> None:
    world.project("forks/c", "c")
    text = (
        "replaces:\n  # pinned\n  # for now\n  - a => a 1.2\n  # a fork\n  - b => bb 2.0\n"
        "  # ours\n  - c => ./forks/c\n  # renamed\n  - d => dd\n"
    )
    found = load(world.manifest(HEAD + text)).manifest.replaces
    assert [(one.project, one.version, one.package, one.path, one.reason) for one in found] == [
        ("a", "1.2", None, None, "pinned for now"),
        ("b", None, "bb==2.0", None, "a fork"),
        ("c", None, None, "./forks/c", "ours"),
        ("d", None, "dd", None, "renamed"),
    ]


@pytest.mark.parametrize("line", ["a", "a => ", "a 1.0 => b", "a => b 1 2", "=> b"])
def test_b_29_a_line_that_is_none_is_refused(world, line) -> None:
    assert refused(world, f"replaces:\n  - '{line}'\n")[0] == (
        f"builder-manifest.yaml:5:5: replaces[0]: must be a mapping, or `name => replacement`: '{line}'"
    )


def test_b_35_a_reason_is_needed_in_either_spelling(world) -> None:
    found = refused(world, "replaces:\n  - a => b\n\n  - {dependency: c, drop: true}\n")
    assert found == [
        "builder-manifest.yaml:5:5: replaces[0].reason: is required",
        "builder-manifest.yaml:7:5: replaces[1].reason: is required",
    ]


def test_b_35_what_is_over_fails_the_check_and_nothing_else(deep, penstock, small) -> None:
    replacing(deep, small, "dependency: mud, drop: true, expires: '2020-01-31'")
    assert penstock("generate").code == 0
    done = penstock("check")
    assert done.code == 1
    assert "replaces[1].expires: is over since 2020-01-31: tried" in done.err
    replacing(deep, small, "dependency: mud, drop: true, expires: '2999-01-31'")
    assert penstock("check").code == 0


def standard(world) -> dict[str, dict]:
    """What `pylock.toml` says of each package, read by the standard's own reader."""
    text = (world.root / "pylock.toml").read_text()
    assert Pylock.from_dict(tomllib.loads(text)).packages
    assert str(world.root.parent) not in text
    return {one["name"]: one for one in tomllib.loads(text)["packages"]}


def test_a_pylock_has_the_replaced_version_and_nothing_of_what_is_dropped(deep, penstock, small) -> None:
    replacing(deep, small, 'dependency: sand, version: "2.0"', "dependency: mud, drop: true")
    assert penstock("generate").code == 0
    assert penstock("lock", "--pylock", "pylock.toml").code == 0
    found = standard(deep)
    assert [*found] == ["pebble", "sand"]
    assert found["sand"]["version"] == "2.0"


def test_a_pylock_names_the_folder_of_a_replacement_relative_to_itself(deep, penstock, small) -> None:
    deep.project("forks/sand", "sand", version="3.0")
    replacing(deep, small, "dependency: sand, path: forks/sand")
    assert penstock("generate").code == 0
    assert penstock("lock", "--pylock", "pylock.toml").code == 0
    assert standard(deep)["sand"] == {"name": "sand", "directory": {"path": "forks/sand"}}
    target = str(deep.root / "installed")
    uv.run(["pip", "install", "--target", target, "-r", "pylock.toml"], cwd=deep.root)
    assert (deep.root / "installed/sand/__init__.py").exists()


def test_a_pylock_has_the_commit_of_the_lock_where_the_manifest_names_a_branch(
    deep, repository, penstock, small
) -> None:
    folder, commit = repository
    replacing(deep, small, f"dependency: sand, git: 'file://{folder}', rev: main, subdirectory: inner/sand")
    assert penstock("lock", "--allow-moving", "--pylock", "pylock.toml").code == 0
    assert f"replaced: sand 1.5 git {commit}" in remembered(deep)
    assert standard(deep)["sand"]["vcs"] == {
        "type": "git",
        "path": "../repository",
        "requested-revision": commit,
        "commit-id": commit,
        "subdirectory": "inner/sand",
    }


def test_a_pylock_has_the_digest_of_an_archive(deep, penstock, small) -> None:
    digest = deep.digest("sand", "2.0")
    file = deep.links / "sand-2.0-py3-none-any.whl"
    replacing(deep, small, f"dependency: sand, url: 'file://{file}', sha256: {digest}")
    assert penstock("generate").code == 0
    assert penstock("lock", "--pylock", "pylock.toml").code == 0
    found = standard(deep)["sand"]
    assert (found["version"], found["archive"]["hashes"]) == ("2.0", {"sha256": digest})
    assert found["archive"]["path"] == "../links/sand-2.0-py3-none-any.whl"


@pytest.mark.skipif(find_spec("pex") is None, reason="the library pex is not installed")
def test_a_pex_has_what_replacements_force(deep, penstock, small, tmp_path) -> None:
    replacing(deep, small, 'dependency: sand, version: "2.0"', "dependency: mud, drop: true")
    assert penstock("generate").code == 0
    done = penstock("build", "--output", "pex")
    assert done.code == 0, done.err
    environment = {"PEX_ROOT": str(tmp_path / "root"), "PATH": "/usr/bin:/bin", "PEX_INTERPRETER": "1"}
    code = "import sand; print(sand.VERSION); import mud"
    words = [sys.executable, deep.root / done.out.strip(), "-c", code]
    said = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr.splitlines()[-1]) == (
        "2.0\n",
        "ModuleNotFoundError: No module named 'mud'",
    )
