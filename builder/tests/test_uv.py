"""Finding and running uv."""

import shutil
import stat
import sys
from pathlib import Path

import pytest

from penstock_builder import uv
from penstock_builder.errors import ToolError


def fake(folder: Path, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "uv"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An interpreter with nothing next to it, and an empty PATH."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def test_uv_next_to_the_interpreter_wins(alone: Path) -> None:
    fake(alone / "path", "exit 0")
    assert uv.find() == alone / "path" / "uv"
    fake(alone / "bin", "exit 0")
    assert uv.find() == alone / "bin" / "uv"


def test_no_uv_is_one_line_with_the_way_to_get_it(alone: Path) -> None:
    with pytest.raises(ToolError) as caught:
        uv.find()
    assert str(caught.value) == "uv is not installed\n\nhint: run: python -m pip install uv==0.13.6"
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(("script", "found"), [("echo uv 0.9.1 linux", "0.9.1"), ("echo", "unreadable")])
def test_another_version_is_refused(alone: Path, script: str, found: str) -> None:
    fake(alone / "bin", script)
    with pytest.raises(ToolError, match=f"bin/uv: is not uv 0.13.6: {found}"):
        uv.run(["pip"], cwd=alone)


def test_a_failure_carries_what_uv_said_without_credentials(alone: Path) -> None:
    fake(
        alone / "bin",
        'if [ "$1" = --version ]; then echo uv 0.13.6; else echo "no https://me:secret@example.org/x" >&2; exit 1; fi',
    )
    with pytest.raises(uv.UvError) as caught:
        uv.run(["pip"], cwd=alone)
    assert caught.value.stderr == "no https://***@example.org/x"


def test_offline_and_the_folder_reach_uv(alone: Path) -> None:
    fake(
        alone / "bin", 'if [ "$1" = --version ]; then echo uv 0.13.6; else pwd > said; echo "$@" >> said; fi'
    )
    uv.run(["pip", "x"], cwd=alone, offline=True)
    assert (alone / "said").read_text() == f"{alone}\n--offline pip x\n"


def test_the_environment_keeps_indexes_and_drops_what_changes_the_result() -> None:
    given = {
        "HOME": "/h",
        "UV_INDEX_URL": "https://i",
        "UV_INDEX_ACME_PASSWORD": "p",
        "UV_RESOLUTION": "lowest",
        "UV_OVERRIDE": "x",
        "VIRTUAL_ENV": "/v",
        "PYTHONPATH": "/p",
    }
    assert uv.environment(given) == {
        "HOME": "/h",
        "UV_INDEX_URL": "https://i",
        "UV_INDEX_ACME_PASSWORD": "p",
        "UV_NO_CONFIG": "1",
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "NO_COLOR": "1",
    }


def test_the_uv_that_is_installed_is_the_one_that_is_required() -> None:
    assert shutil.which("uv", path=str(Path(sys.executable).parent)), "the development environment has uv"
    uv.run(["cache", "dir"], cwd=Path.cwd())


def test_places_that_are_relative_to_the_user_are_absolute_for_uv(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "UV_FIND_LINKS": "wheels,two words,https://example.org/links",
        "UV_INDEX": "ours=./simple https://example.org/simple",
        "UV_DEFAULT_INDEX": "main=../simple",
        "UV_CACHE_DIR": "/var/cache/uv",
    }
    found = uv.environment(given)
    assert {name: found[name] for name in given} == {
        "UV_FIND_LINKS": f"{tmp_path}/wheels,{tmp_path}/two words,https://example.org/links",
        "UV_INDEX": f"ours={tmp_path}/simple https://example.org/simple",
        "UV_DEFAULT_INDEX": f"main={tmp_path}/../simple",
        "UV_CACHE_DIR": "/var/cache/uv",
    }
    assert "UV_INDEX_URL" not in found
