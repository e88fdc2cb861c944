"""Every command of docs/builder/ works: a page is run from top to bottom, in a repository of its own.

A block after `<!-- network -->` needs one; of it only the commands and their options are checked. Nothing of this
repository is on an index, so `penstock` here is a script that adds where the projects are.
"""

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from penstock_builder.commands import penstock

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PAGES = sorted(path for path in (ROOT / "docs/builder").glob("*.md") if "```sh\n" in path.read_text())
BLOCK = re.compile(r"(<!-- network -->\n)?```sh\n(.*?)```", re.DOTALL)
SHIM = f"""#!/bin/bash
case "$1" in
  init | from-config) more=(--source {ROOT}) ;;
  build | check | generate | lock | outdated | plan) more=(--allow-root {ROOT}) ;;
  *) more=() ;;
esac
exec {sys.executable} -m penstock_builder "$1" "${{more[@]}}" "${{@:2}}"
"""


def blocks(page: Path) -> list[tuple[bool, str]]:
    return [(bool(network), text) for network, text in BLOCK.findall(page.read_text())]


def commands(text: str) -> list[list[str]]:
    """The calls of `penstock` in a block."""
    lines = (shlex.split(line, comments=True) for line in text.splitlines())
    return [words[words.index("penstock") + 1 :] for words in lines if "penstock" in words]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder, and the environment of its shell."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "penstock").write_text(SHIM)
    (tools / "penstock").chmod(stat.S_IRWXU)
    (tools / "uv").symlink_to(BIN / "uv")
    variables = {name: value for name, value in os.environ.items() if name not in ("CI", "UV_FIND_LINKS")}
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return tmp_path, {
        **variables,
        "PATH": path,
        "UV_OFFLINE": "1",
        "PENSTOCK_CACHE_DIR": str(tmp_path / "cache"),
    }


def failing(line: str) -> str:
    """`! command` says that it fails; the shell alone would not mind if it did not."""
    command = line.removeprefix("! ")
    return line if command == line else f"if {command}; then echo 'did not fail: {command}'; exit 9; fi"


def shell(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_command_of_the_page_works(place, page) -> None:
    folder, environment = place
    script = "\n".join(text for network, text in blocks(page) if not network)
    if "openssl " in script and not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    if "penstock init" not in script:
        script = f"penstock init my-collector\ncd my-collector\n{script}"
    script = "\n".join(map(failing, script.splitlines()))
    done = shell(script, folder, environment)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_option_of_the_page_exists(page) -> None:
    for _, text in blocks(page):
        for name, *words in commands(text):
            known = {option for one in penstock.commands[name].params for option in one.opts}
            assert [word for word in words if word.startswith("--") and word not in known] == []


@pytest.mark.parametrize(
    "task",
    [
        "make-a-distribution",
        "replace-a-dependency",
        "pin-in-ci",
        "check-in-ci",
        "go-offline",
        "private-index",
        "audit-and-sign",
    ],
)
def test_every_task_has_a_page_that_the_index_names(task) -> None:
    assert f"(builder/{task}.md)" in (ROOT / "docs/builder.md").read_text()
    assert ROOT / f"docs/builder/{task}.md" in PAGES


def test_a_command_that_fails_is_seen(place) -> None:
    folder, environment = place
    assert shell("penstock check\ntrue", folder, environment).returncode == 2
    assert shell(failing("! true"), folder, environment).returncode == 9
