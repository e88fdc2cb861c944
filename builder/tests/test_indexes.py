"""`indexes`: named indexes, what comes from each, and that no address of one is left anywhere."""

import json
import os
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from penstock_builder import indexes, uv

SECRET = "s3cr3t-w0rd"
TOKEN = "t0ken-in-the-path"
POINTS = {"{info}/entry_points.txt": "[penstock.processor]\nclay = penstock_processor_clay:factory\n"}


@pytest.fixture
def ours(demo, serve, tmp_path, monkeypatch):
    """A second index, behind a password and a path nobody may see; both have `clay` and `silt`."""
    private = tmp_path / "private"
    private.mkdir()
    demo.wheel("penstock_processor_clay", "2.0", code="factory = 'public'\n", files=POINTS)
    demo.wheel("silt", "9.0")
    hidden = replace(demo, links=private)
    code = "factory = 'private'\n"
    hidden.wheel("penstock_processor_clay", "2.0", requires=("silt", "pebble"), code=code, files=POINTS)
    hidden.wheel("silt", "1.0")
    hidden.wheel("pebble", "7.0")
    serve()
    index = serve.another(private, SECRET)
    monkeypatch.setenv("OURS_INDEX_URL", f"http://ci:{SECRET}@{index.address}/{TOKEN}/simple/")
    return index


def listing(world, small, *, how="env: OURS_INDEX_URL", more="") -> None:
    """The small manifest with `clay` from the index `ours`."""
    text = small + "processors:\n  - {package: penstock-processor-clay == 2.0, index: ours}\n"
    world.manifest(text + f"indexes:\n  - {{name: ours, {how}{more}}}\n")


def pins(world) -> list[str]:
    lines = world.read("requirements.lock").splitlines()
    return [line.removesuffix(" \\") for line in lines if "==" in line and line[0] not in "# "]


def everything(folder: Path) -> bytes:
    """The bytes of every file below, those in archives unpacked."""
    found = b""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            found += file.name.encode() + file.read_bytes()
        if file.suffix == ".whl":
            with zipfile.ZipFile(file) as archive:
                found += b"".join(archive.read(name) for name in archive.namelist())
    return found


def test_a_component_comes_from_its_index_and_the_rest_does_not(demo, ours, make, small) -> None:
    listing(demo, small)
    (wheel,) = make()
    assert pins(demo) == ["pebble==1.1", "penstock-processor-clay==2.0", "silt==9.0"]
    with zipfile.ZipFile(wheel) as archive:
        code = archive.read("demo/_embedded/penstock_processor_clay/__init__.py").decode()
    assert code == "factory = 'private'\n"
    assert ours.asked["simple/silt"] == ours.asked["simple/pebble"] == 0


def test_no_address_and_no_secret_is_left_anywhere(demo, ours, make, small) -> None:
    listing(demo, small)
    make("--output", "wheel,wheelhouse")
    text = everything(demo.root / "out") + everything(demo.root / "dist")
    port = ours.address.rpartition(":")[2]
    assert [word for word in (SECRET, TOKEN, f":{port}", "OURS_INDEX_URL") if word.encode() in text] == []


def test_an_index_that_is_not_opened_tells_neither_address_nor_secret(demo, ours, penstock, small) -> None:
    listing(demo, small)
    ours.password = "another"
    done = penstock("lock")
    assert done.code == 1
    assert "penstock-processor-clay is looked for in the index ours alone" in done.err
    assert "hint: an index that does not accept what it is opened with looks empty" in done.err
    assert [word for word in (SECRET, TOKEN, ours.address) if word in done.err + done.out] == []


def test_an_index_that_cannot_be_reached_is_named_but_not_shown(
    demo, ours, penstock, small, monkeypatch
) -> None:
    listing(demo, small)
    monkeypatch.setenv("OURS_INDEX_URL", f"http://ci:{SECRET}@127.0.0.1:9/{TOKEN}/simple/")
    done = penstock("lock")
    assert (done.code, "<index ours>/penstock-processor-clay/" in done.err) == (1, True)
    assert [word for word in (SECRET, TOKEN, "127.0.0.1:9") if word in done.err + done.out] == []


def test_packages_that_only_others_require_may_come_from_it_too(demo, ours, penstock, small) -> None:
    listing(demo, small, more=", packages: [silt, gravel]")
    assert penstock("generate").code == 0
    assert pins(demo) == ["pebble==1.1", "penstock-processor-clay==2.0", "silt==1.0"]
    assert penstock("check").code == 0


def test_an_index_that_is_not_explicit_is_asked_first_for_everything(demo, ours, penstock, small) -> None:
    listing(demo, small, more=", explicit: false")
    demo.component("receiver", "otlp", requires=("penstock-api==0.1.0", "pebble"))
    assert penstock("generate").code == 0
    assert pins(demo) == ["pebble==7.0", "penstock-processor-clay==2.0", "silt==1.0"]


def test_the_variables_of_uv_open_it_too(demo, ours, penstock, small, monkeypatch) -> None:
    listing(demo, small)
    monkeypatch.setenv("OURS_INDEX_URL", f"http://{ours.address}/{TOKEN}/simple/")
    monkeypatch.setenv("UV_INDEX_OURS_USERNAME", "ci")
    monkeypatch.setenv("UV_INDEX_OURS_PASSWORD", SECRET)
    assert penstock("generate").code == 0
    assert penstock("build", "--output", "wheelhouse").code == 0


def test_a_public_address_may_stand_in_the_manifest(demo, ours, penstock, small) -> None:
    ours.password = ""
    listing(demo, small, how=f"url: 'http://{ours.address}/simple/'")
    assert penstock("generate").code == 0
    assert "penstock-processor-clay==2.0" in pins(demo)


def keyring(folder: Path, monkeypatch, script: str) -> None:
    """A keyring in front of PATH, and none beside the interpreter."""
    folder.mkdir()
    program = folder / "keyring"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    indexes._from_keyring.cache_clear()


def test_the_keyring_may_hold_the_address(demo, ours, penstock, small, monkeypatch, tmp_path) -> None:
    script = f'test "$*" = "get penstock ours" && echo "{os.environ["OURS_INDEX_URL"]}"'
    keyring(tmp_path / "bin", monkeypatch, script)
    listing(demo, small, how="keyring: penstock")
    assert penstock("generate").code == 0
    assert "penstock-processor-clay==2.0" in pins(demo)
    assert SECRET.encode() not in everything(demo.root)


def test_a_keyring_without_the_entry_is_one_error(demo, ours, penstock, small, monkeypatch, tmp_path) -> None:
    keyring(tmp_path / "bin", monkeypatch, "exit 1")
    listing(demo, small, how="keyring: penstock")
    done = penstock("lock")
    assert (done.code, done.err.splitlines()[-3:]) == (
        3,
        [
            "builder-manifest.yaml:22:27: indexes[0].keyring: no entry for ours in the keyring: penstock",
            "",
            "hint: run: keyring set penstock ours",
        ],
    )


def test_no_keyring_is_one_error(demo, ours, penstock, small, monkeypatch) -> None:
    indexes._from_keyring.cache_clear()
    monkeypatch.setattr(indexes.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(uv, "find", lambda: Path("uv"))
    listing(demo, small, how="keyring: penstock")
    done = penstock("lock")
    assert (done.code, "indexes[0].keyring: keyring is not installed" in done.err) == (3, True)


def test_a_variable_that_is_not_set_is_one_error(demo, ours, penstock, small, monkeypatch) -> None:
    listing(demo, small)
    monkeypatch.delenv("OURS_INDEX_URL")
    done = penstock("lock")
    assert (done.code, done.err.splitlines()[-3:]) == (
        3,
        [
            "builder-manifest.yaml:22:23: indexes[0].env: the variable is not set: OURS_INDEX_URL",
            "",
            "hint: set it to the address of the index ours",
        ],
    )


def test_a_variable_that_holds_no_address_is_not_shown(demo, ours, penstock, small, monkeypatch) -> None:
    listing(demo, small)
    monkeypatch.setenv("OURS_INDEX_URL", SECRET)
    done = penstock("lock")
    assert done.code == 3
    assert "indexes[0].env: does not hold the address of an index\n\nhint: an address is like" in done.err
    assert SECRET not in done.err


def test_check_and_plan_need_no_address(demo, ours, penstock, small, monkeypatch) -> None:
    listing(demo, small)
    assert penstock("generate").code == 0
    monkeypatch.delenv("OURS_INDEX_URL")
    assert penstock("check").code == 0
    report = json.loads(penstock("plan", "--json").out)
    assert {one["name"]: one["source"] for one in report["components"]}["clay"] == "index ours"
    assert 'index: "ours"' in demo.read("manifest.resolved.yaml")
    assert "| 2.0, index: ours |" in demo.read("README.md")


def test_another_index_makes_the_lock_stale(demo, ours, penstock, small) -> None:
    listing(demo, small)
    assert penstock("generate").code == 0
    demo.manifest(small + "processors:\n  - package: penstock-processor-clay == 2.0\n")
    assert "requirements.lock: was made for other requirements" in penstock("check").err


def test_a_standard_lock_and_what_is_outdated_look_there_too(demo, ours, penstock, small) -> None:
    listing(demo, small)
    demo.project("forks/silt", "silt", version="3.0")
    text = (demo.root / "builder-manifest.yaml").read_text()
    fork = "replaces:\n  - {dependency: silt, path: forks/silt, reason: tried}\n"
    demo.manifest(text.replace("replaces:\n", fork))
    done = penstock("lock", "--pylock", "pylock.toml")
    assert done.code == 0
    assert "warning: pylock.toml: holds the address of the index ours: do not commit it" in done.err
    found = tomllib.loads((demo.root / "pylock.toml").read_text())["packages"]
    places = {one["name"]: one for one in found}
    assert places["silt"]["directory"] == {"path": "forks/silt"}
    assert ours.address in places["penstock-processor-clay"]["wheels"][0]["url"]
    assert SECRET not in json.dumps(found)
    assert "pebble" in penstock("outdated").out


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("indexes: [{name: ours}]", "indexes[0]: does not say where it is"),
        ("indexes: [{name: ours, env: A, keyring: b}]", "indexes[0]: says env and keyring"),
        (
            "indexes: [{name: ours, env: A}, {name: ours, env: B}]",
            "indexes[1].name: is the name of another index on line 19: ours",
        ),
        ("indexes: [{name: Ours, env: A}]", "indexes[0].name: is not a name for an index: 'Ours'"),
        ("indexes: [{name: ours, env: $A}]", "indexes[0].env: is not the name of a variable: '$A'"),
        (
            "indexes: [{name: ours, url: 'https://me:word@example.org/simple'}]",
            "indexes[0].url: must not hold credentials",
        ),
        (
            "indexes: [{name: ours, env: A}]\nconnectors: [{package: a, index: our}]",
            "connectors[0].index: is no entry of `indexes`: our\n\nhint: did you mean `ours`?",
        ),
        (
            "connectors: [{package: a, index: ours}]",
            "connectors[0].index: is no entry of `indexes`: ours\n\nhint: add it to `indexes`",
        ),
        (
            "indexes: [{name: ours, env: A}]\npolicy: {indexes: [theirs]}",
            "policy.indexes[0]: is no entry of `indexes`: theirs\n\nhint: there are ours",
        ),
        (
            (
                "indexes: [{name: ours, env: A}]\n"
                "connectors: [{package: a, index: ours, path: components/exporter/debug}]"
            ),
            "connectors[0].index: has no meaning next to `path`",
        ),
        (
            (
                "indexes: [{name: ours, env: A}]\n"
                "connectors: [{package: a, name: b, index: ours}, {package: a, name: c}]"
            ),
            "connectors[1]: a comes from the index ours on line 20, and here from: no index of its own",
        ),
        (
            "indexes: [{name: ours, env: A, packages: [silt]}, {name: theirs, env: B, packages: [Silt]}]",
            "indexes[1].packages[0]: comes from the index ours on line 19: Silt",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(demo, penstock, small, lines, what) -> None:
    demo.manifest(small + lines + "\n")
    done = penstock("plan")
    assert done.code == 2
    assert what in done.err


def test_a_policy_names_the_indexes_that_may_be_used(demo, penstock, small) -> None:
    demo.manifest(
        small + "indexes: [{name: ours, env: A, explicit: false}, {name: theirs, env: B}]\n"
        "connectors: [{package: a, name: a, index: theirs}]\npolicy: {indexes: [theirs]}\n"
    )
    done = penstock("plan")
    assert (done.code, "indexes[0]: `policy.indexes` does not allow this index: ours" in done.err) == (
        1,
        True,
    )


def test_an_index_that_nothing_comes_from_is_a_warning(demo, penstock, small) -> None:
    demo.manifest(small + "indexes: [{name: ours, env: A}]\n")
    done = penstock("plan")
    assert done.code == 0
    assert "warning: builder-manifest.yaml:19:11: indexes[0]: nothing comes from this index: ours" in done.err


def test_a_profile_may_name_another_variable(demo, ours, penstock, small, monkeypatch) -> None:
    listing(demo, small)
    file = demo.root / "builder-manifest.yaml"
    file.write_text(
        f"{file.read_text()}profiles:\n  ci:\n    indexes:\n      - {{name: ours, env: CI_INDEX}}\n"
    )
    monkeypatch.setenv("CI_INDEX", os.environ["OURS_INDEX_URL"])
    monkeypatch.delenv("OURS_INDEX_URL")
    assert penstock("lock").code == 3
    assert penstock("lock", "--profile", "ci").code == 0
    assert penstock("lock", "--check").code == 0


def test_what_is_nowhere_else_is_found_too(demo, ours, make, small) -> None:
    demo.links.joinpath("silt-9.0-py3-none-any.whl").unlink()
    replace(demo, links=ours.links).wheel("gravel", "1.0")  # which nobody requires
    listing(demo, small, more=", packages: [silt, gravel]")
    make()
    assert pins(demo) == ["pebble==1.1", "penstock-processor-clay==2.0", "silt==1.0"]


def test_a_conflict_is_still_told(demo, ours, penstock, small) -> None:
    listing(demo, small + "constraints: ['silt>=5']\n", more=", packages: [silt]")
    done = penstock("lock")
    assert (done.code, "the requirements cannot be locked:" in done.err) == (1, True)
    assert "silt is looked for in the index ours alone" in done.err


def test_another_version_cannot_be_kept_to_an_index(demo, ours, penstock, small) -> None:
    rule = "replaces:\n  - {dependency: silt, version: '1.0', reason: tried}\n"
    listing(demo, small.replace("replaces:\n", rule), more=", packages: [silt]")
    done = penstock("plan")
    assert done.code == 2
    assert "replaces[0].version: cannot be a version of a project that comes from one index: ours" in done.err
    assert "hint: set `explicit: false` for ours" in done.err
    demo.component("receiver", "otlp", requires=("penstock-api==0.1.0", "pebble"))
    listing(demo, small.replace("replaces:\n", rule), more=", packages: [silt], explicit: false")
    assert penstock("lock").code == 0
    assert "silt==1.0" in pins(demo)
