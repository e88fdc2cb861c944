"""`penstock init`: B-79, a repository that checks, builds and demonstrates itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from penstock_builder import __version__
from penstock_builder.errors import ScaffoldError
from penstock_builder.scaffold.init import Repository, make_repository, repository_tree

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """Made with the projects of this checkout, since no index has them."""
    folder = tmp_path_factory.mktemp("parent") / "my-collector"
    return make_repository(Repository(folder=folder, source=ROOT), offline=True)


def make(folder: Path, target: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["make", target, f"PENSTOCK={BIN}/penstock", f"UV={BIN}/uv"],
        cwd=folder,
        env={**os.environ, "UV_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_b_79_it_has_all_that_a_repository_needs(repository) -> None:
    assert files(repository) >= {
        ".github/workflows/check.yml",
        ".github/workflows/pin.yml",
        ".github/workflows/render.yml",
        ".gitignore",
        "Makefile",
        "README.md",
        "builder-manifest.yaml",
        "config.yaml",
        "demo.py",
        "renovate.json",
        "distributions/my-collector/requirements.lock",
        "distributions/my-collector/src/my_collector/cli.py",
    }


def test_b_79_it_passes_check(repository) -> None:
    done = make(repository, "check")
    assert (done.returncode, done.stderr) == (0, "distributions/my-collector: current\n")


def test_b_79_its_demo_works(repository) -> None:
    done = make(repository, "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nthe span came out\n" in done.stdout  # a make within a make says more


def test_its_workflows_are_yaml_and_use_this_builder(repository) -> None:
    for name in ("check", "pin", "render"):
        flow = yaml.safe_load((repository / f".github/workflows/{name}.yml").read_text())
        steps = [step.get("run", "") for step in flow["jobs"][name]["steps"]]
        assert any(step == f"pip install penstock-builder=={__version__}" for step in steps)
        assert any(step in ("make check", "make lock", "make generate check") for step in steps)


def test_every_target_is_told_by_help(repository) -> None:
    words = make(repository, "help").stdout.split()
    assert {"lock", "generate", "check", "build", "install", "run", "demo"} <= set(words)


def test_no_file_names_a_place(repository) -> None:
    for file in (repository / name for name in files(repository) if not name.startswith((".venv", "dist/"))):
        assert str(repository) not in file.read_text(), file


def test_b_79_a_folder_that_has_files_is_refused(world, penstock) -> None:
    (world.root / "mine.txt").write_text("mine")
    done = penstock("init", ".", "--name", "edge")
    assert (done.code, done.err) == (
        2,
        "is not empty: .\n\nhint: `--merge` adds what is missing and overwrites nothing\n",
    )
    assert files(world.root) == {"mine.txt"}


def test_b_79_merge_never_overwrites(world, penstock) -> None:
    (world.root / "README.md").write_text("mine")
    (world.root / ".github/workflows").mkdir(parents=True)
    (world.root / ".github/workflows/check.yml").write_text("mine too")
    assert penstock("init", ".", "--name", "edge", "--merge", "--no-generate").code == 0
    assert (world.root / "README.md").read_text() == "mine"
    assert (world.root / ".github/workflows/check.yml").read_text() == "mine too"
    assert (world.root / "builder-manifest.yaml").exists()


@pytest.mark.parametrize("existing", [(), ("README.md", "deep/mine.txt")])
def test_b_79_a_failed_init_leaves_nothing(world, penstock, existing) -> None:
    for name in existing:
        (world.root / "new/edge" / name).parent.mkdir(parents=True, exist_ok=True)
        (world.root / "new/edge" / name).write_text("mine")
    done = penstock("init", "new/edge", "--merge", "--offline")  # no index: nothing can be locked
    assert done.code == 1
    assert "Traceback" not in done.err
    assert files(world.root) == {f"new/edge/{name}" for name in existing}
    assert (world.root / "new").exists() == bool(existing)


def test_the_folder_names_the_distribution(tmp_path) -> None:
    tree = {
        str(path): text for path, text in repository_tree(Repository(folder=tmp_path / "My_Edge")).items()
    }
    assert "  name: my-edge\n" in tree["builder-manifest.yaml"]
    assert "FLAGS ?= \n" in tree["Makefile"]
    assert "github.token }}" in tree[".github/workflows/pin.yml"]


@pytest.mark.parametrize("name", ["con", "json", "a b"])
def test_a_name_that_cannot_be_one_is_refused(world, penstock, name) -> None:
    done = penstock("init", "x", "--name", name)
    assert (done.code, list(world.root.iterdir())) == (2, [])
    assert "hint: choose another with `--name`" in done.err


def test_a_file_is_no_folder(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScaffoldError, match="is not a folder: "):
        make_repository(Repository(folder=tmp_path / "file"))


def test_a_source_that_lacks_a_project_is_named(tmp_path) -> None:
    project = tmp_path / "source/components/core/collector"
    (project / "src/x").mkdir(parents=True)
    (project / "pyproject.toml").write_text('[project]\nname = "penstock-collector"\nversion = "0.1.0"\n')
    with pytest.raises(ScaffoldError, match="the source has no such project: penstock-receiver-otlp"):
        make_repository(Repository(folder=tmp_path / "x", source=tmp_path / "source"))
    assert not (tmp_path / "x").exists()


def test_a_source_with_a_broken_project_is_named(tmp_path) -> None:
    (tmp_path / "components/core/api").mkdir(parents=True)
    (tmp_path / "components/core/api/pyproject.toml").write_text("nonsense")
    with pytest.raises(ScaffoldError, match="components/core/api: "):
        repository_tree(Repository(folder=tmp_path / "edge", source=tmp_path))
