"""The committed distribution `pencol` is what its manifest gives, and the checks that keep it so work on it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock_builder.lock import parse
from penstock_builder.output import read_files
from penstock_builder.planner import make_plan
from penstock_builder.render import render
from penstock_builder.steps import open_workspace
from penstock_builder.templating import read_templates

ROOT = Path(__file__).parents[2]
VERSION = (ROOT / "VERSION").read_text().strip()
PENCOL = "distributions/pencol"
SKIPPED = shutil.ignore_patterns("__pycache__", "tests", "*.egg-info", ".*_cache")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def penstock(*words: str, cwd: Path, umask: int = 0o022) -> Done:
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        [sys.executable, "-m", "penstock_builder", *words],
        cwd=cwd,
        env={**environment, "UV_OFFLINE": "1"},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the builder reads of this repository, in another folder."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / "components", copy / "components", ignore=SKIPPED)
    shutil.copytree(ROOT / PENCOL, copy / PENCOL, ignore=SKIPPED)
    shutil.copy(ROOT / "builder-manifest.yaml", copy)
    return copy


def test_the_committed_distribution_is_the_render_of_its_manifest() -> None:
    workspace = open_workspace(ROOT / "builder-manifest.yaml")
    lock = parse((ROOT / PENCOL / "requirements.lock").read_text())
    tree = render(make_plan(workspace.loaded, workspace.resolution, lock), read_templates())
    committed = read_files(ROOT / PENCOL, tree)
    assert {path: data.decode() for path, data in committed.items()} == dict(tree)


def test_the_repository_is_current() -> None:
    done = penstock("check", cwd=ROOT)
    assert (done.code, done.out) == (0, ""), done.err


def test_no_committed_file_names_a_place() -> None:
    for file in (ROOT / PENCOL).rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            text = file.read_text()
            assert str(ROOT) not in text, file
            assert "://" not in text or file.name == "config.schema.json", file  # has addresses as examples


@pytest.mark.parametrize(
    "path", ["src/pencol/components.py", "pyproject.toml", "requirements.lock", "config.yaml"]
)
def test_one_changed_byte_makes_check_exit_1_and_name_the_file(checkout: Path, path: str) -> None:
    file = checkout / PENCOL / path
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    done = penstock("check", cwd=checkout)
    assert done.code == 1
    assert f"{PENCOL}/{path}" in done.err
    assert "hint: " in done.err


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (f'version: "{VERSION}"', 'version: "99.0.0"', f"{PENCOL}/pyproject.toml: changed"),
        (
            f"penstock-processor-batch == {VERSION}",
            "penstock-processor-batch == 99.0.0",
            "penstock-processor-batch ==99.0.0",
        ),
    ],
)
def test_one_edited_version_of_the_manifest_makes_check_exit_1(
    checkout: Path, before: str, after: str, named: str
) -> None:
    manifest = checkout / "builder-manifest.yaml"
    text = manifest.read_text()
    assert text.count(before) == 1
    manifest.write_text(text.replace(before, after))
    done = penstock("check", cwd=checkout)
    assert done.code == 1
    assert named in done.err


@pytest.mark.e2e
def test_the_wheel_is_the_same_in_another_folder_and_with_another_umask(
    checkout: Path, tmp_path: Path
) -> None:
    wheels = []
    for name, umask in (("one", 0o022), ("two", 0o077)):
        folder = tmp_path / name
        checkout.rename(folder)
        done = penstock("build", "--wheel-dir", str(tmp_path / f"wheel-{name}"), cwd=folder, umask=umask)
        assert done.code == 0, done.err
        wheels.append(Path(done.out.strip()).read_bytes())
        checkout = folder
    assert wheels[0] == wheels[1]
