"""`penstock check` for one manifest and for many, in words and as JSON."""

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest

from penstock_builder import __version__, cli
from penstock_builder.errors import ToolError
from penstock_builder.reports import schemas, told


def state(folder) -> dict:
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def two(demo, penstock, small):
    """Two distributions, each with its manifest in its own folder."""
    (demo.root / "dependency-replacements.yaml").write_text("modules: []\nreplaces: []\n")
    for name in ("one", "two"):
        folder = demo.root / "distributions" / name
        folder.mkdir(parents=True)
        text = small.replace("output_path: out", "output_path: .").replace("name: demo", f"name: {name}")
        (folder / "manifest.yaml").write_text(text.replace("path: components", "path: ../../components"))
        assert penstock("generate", "-c", f"distributions/{name}/manifest.yaml").code == 0
    return demo


BOTH = ("distributions/one/manifest.yaml", "distributions/two/manifest.yaml")


def valid(text: str, name: str) -> dict:
    from jsonschema import Draft202012Validator

    found = json.loads(text)
    Draft202012Validator(json.loads(schemas()[name])).validate(found)
    return found


def test_b_81_check_of_a_clone_touches_nothing_and_needs_no_git_and_no_network(
    two, penstock, monkeypatch
) -> None:
    assert shutil.which("git", path=str(two.root)) is None
    monkeypatch.setenv("PATH", str(two.root))

    def refuse(*_, **__):
        raise AssertionError("check opens no socket and runs no process")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    before = state(two.root)
    done = penstock("check", *BOTH)
    assert (done.code, done.out, done.err) == (
        0,
        "",
        "distributions/one: current\ndistributions/two: current\n",
    )
    assert state(two.root) == before


def test_b_81_drift_is_a_diff_with_the_command_that_mends_it(two, penstock) -> None:
    folder = two.root / "distributions/two"
    (folder / "config.yaml").write_text("mine\n")
    (folder / "README.md").unlink()
    (folder / "src/two/extra.py").write_text("")
    done = penstock("check", *BOTH)
    assert done.code == 1
    assert "--- config.yaml (on disk)\n+++ config.yaml (rendered)\n" in done.out
    assert "-mine\n" in done.out
    assert done.err.splitlines() == [
        "distributions/one: current",
        "distributions/two/README.md: missing",
        "distributions/two/config.yaml: changed",
        "distributions/two/src/two/extra.py: is not part of the distribution: move or remove it",
        "",
        "hint: run: penstock generate --config distributions/two/manifest.yaml --accept-loss",
    ]


def test_b_84_one_broken_manifest_does_not_hide_the_others(two, penstock) -> None:
    (two.root / BOTH[0]).write_text("dist: 1\n")
    (two.root / "distributions/two/config.yaml").write_text("mine\n")
    done = penstock("check", *BOTH, "--json")
    report = valid(done.out, "check")
    assert done.code == 2
    first, second = report["distributions"]
    assert (first["failed"]["exit_code"], first["current"], report["current"]) == (2, False, False)
    assert [(one["path"], one["kind"]) for one in second["files"]] == [("config.yaml", "changed")]
    assert second["mend"] == "penstock generate --config distributions/two/manifest.yaml --accept-loss"
    assert "dist: must be a mapping" in penstock("check", *BOTH).err


def test_b_84_json_of_a_current_repository(two, penstock) -> None:
    done = penstock("check", *BOTH, "--json")
    assert (done.code, valid(done.out, "check")["current"]) == (0, True)


def test_b_84_an_error_is_json_too(world, penstock, monkeypatch) -> None:
    error = ToolError("uv is not installed", "install it")
    assert valid(told(error).model_dump_json(), "error")["exit_code"] == 3
    monkeypatch.setattr(sys, "argv", ["penstock", "x", "--json"])
    monkeypatch.setattr("penstock_builder.commands.penstock.main", lambda **_: (_ for _ in ()).throw(error))
    with pytest.raises(SystemExit, match="3"):
        cli.main()


def test_b_84_an_interrupt_is_130(demo, penstock, monkeypatch) -> None:
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("penstock_builder.checking.check_all", interrupted)
    done = penstock("check")
    assert (done.code, done.err.strip()) == (130, "interrupted")


def test_b_84_wrong_usage_is_2(penstock) -> None:
    done = penstock("check", "a.yaml", "--output-path", "b")
    assert done.code == 2
    assert "--config and --output-path are for a single manifest: name one or the other" in done.err


def test_b_85_an_old_python_is_one_line(penstock, monkeypatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    done = penstock("check")
    assert (done.code, done.err) == (3, "penstock needs Python 3.11, found: 3.9.1\n")


def test_b_85_a_missing_uv_is_one_line_with_what_is_needed(demo, penstock, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    done = penstock("lock")
    assert (done.code, done.err) == (
        3,
        "uv is not installed\n\nhint: run: python -m pip install uv==0.13.6\n",
    )


def test_b_85_an_old_uv_is_one_line_with_what_is_needed_and_found(
    demo, penstock, monkeypatch, tmp_path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/uv").write_text("#!/bin/sh\necho uv 0.4.0\n")
    (tmp_path / "bin/uv").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    done = penstock("lock")
    assert (done.code, done.err.splitlines()[0]) == (3, f"{tmp_path}/bin/uv: is not uv 0.13.6: 0.4.0")


@pytest.mark.parametrize("version", ["0.0.9", "9.0.0"])
def test_b_44_another_builder_is_named_with_both_versions(demo, penstock, version: str) -> None:
    penstock("generate")
    ledger = demo.root / "out/.penstock.json"
    ledger.write_text(ledger.read_text().replace(f'"builder": "{__version__}"', f'"builder": "{version}"'))
    done = penstock("check")
    assert done.code == 1
    assert (
        f"out/.penstock.json: was rendered by penstock {version}; this is penstock {__version__}\n"
        in done.err
    )


def test_b_44_other_templates_are_named(demo, penstock) -> None:
    penstock("generate")
    ledger = demo.root / "out/.penstock.json"
    ledger.write_text(ledger.read_text().replace('"templates": "sha256:', '"templates": "sha256:0'))
    assert (
        f"was rendered from other templates than those of this penstock {__version__}\n"
        in penstock("check").err
    )


def test_two_distributions_cannot_share_a_folder(demo, penstock, small) -> None:
    penstock("generate")
    (demo.root / "other.yaml").write_text(small)
    done = penstock("check", "builder-manifest.yaml", "other.yaml")
    assert done.code == 1
    assert "out: is the folder of another distribution too: builder-manifest.yaml\n" in done.err


def test_b_82_a_locked_generate_and_a_check_leave_what_they_skip_byte_for_byte(demo, penstock, small) -> None:
    penstock("generate")
    before = {path: path.read_bytes() for path in (demo.root / "out").rglob("*") if path.is_file()}
    demo.wheel("pebble", "1.2")
    demo.manifest(small.replace("a demo", "another demo"))
    penstock("generate", "--locked")
    lock = demo.root / "out/requirements.lock"
    assert lock.read_bytes() == before[lock]
    demo.component("exporter", "debug", requires=("penstock-api", "pebble<1.1"))
    changed = {path: path.read_bytes() for path in (demo.root / "out").rglob("*") if path.is_file()}
    assert penstock("generate", "--locked").code == 1
    assert penstock("build").code == 1
    assert {path: path.read_bytes() for path in (demo.root / "out").rglob("*") if path.is_file()} == changed


def test_the_console_script_ends_with_the_code_of_an_interrupt(demo) -> None:
    code = (
        "import os, signal, sys; from penstock_builder import checking, cli\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # in the background it is ignored
        "checking.check_all = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['penstock', 'check']; cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ
    )
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")


def test_replacements_that_are_shared_and_not_current_are_found(two, penstock) -> None:
    shared = two.root / "dependency-replacements.yaml"
    shared.write_text(
        "modules:\n  - name: one\n    path: distributions/one/manifest.yaml\n    file_type: manifest\n"
        "replaces:\n  - comment: waits for a fix\n    dependency: gravel\n    replacement: gravel == 1.0\n"
    )
    done = penstock("check", *BOTH, "--json")
    *_, found = valid(done.out, "check")["distributions"]
    assert done.code == 1
    assert (found["manifest"], found["mend"]) == ("dependency-replacements.yaml", "penstock sync-replaces")
    assert [one["path"] for one in found["files"]] == [BOTH[0]]
    words = penstock("check", *BOTH)
    assert "waits for a fix" in words.out
    assert words.err.endswith(f"{BOTH[0]}: changed\n\nhint: run: penstock sync-replaces\n")


def test_shared_replacements_that_cannot_be_read_are_an_error_beside_the_others(two, penstock) -> None:
    (two.root / "dependency-replacements.yaml").write_text("modules: 1\n")
    done = penstock("check", *BOTH)
    assert done.code == 2
    assert "distributions/one: current\n" in done.err
    assert "dependency-replacements.yaml:1:10: modules: " in done.err


def test_what_is_shared_above_a_repository_is_none_of_its_business(two, penstock) -> None:
    (two.root / "distributions/.git").mkdir()
    (two.root / "dependency-replacements.yaml").write_text("modules: 1\n")
    assert penstock("check", *BOTH, "--allow-root", ".").code == 0
