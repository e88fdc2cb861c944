"""`penstock new`: the project is complete, typed, tested, documented, and keeps the contract as it is made."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from penstock_builder.errors import ScaffoldError
from penstock_builder.project import read_project
from penstock_builder.scaffold.new import MADE, New, component_tree, make_component

ROOT = Path(__file__).parents[2]
# A test of tests/contract, for a component that is not of this repository: run in a process of its own. The catalogue
# that one of the tests looks into is of what is installed, which this is not.
CONTRACT = """
import importlib, sys
from importlib.metadata import EntryPoint
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import pytest
from penstock_api import Kind
from penstock_testkit import contract
from penstock_testkit.contract.subject import Subject
from penstock_testkit.projects import Project
folder = Path(sys.argv[2])
kind, name = Kind(folder.parent.name), folder.name
point = EntryPoint(name, f"penstock_{kind}_{name}:factory", f"penstock.{kind}")
contract.subjects = lambda root: [Subject(point, Project(folder, kind, name))]
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-k", "not in_the_catalog", "-W", "ignore::pytest.PytestAssertRewriteWarning", "-c", str(Path(sys.argv[1], "pyproject.toml")), *sys.argv[3:]]))
"""


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(folder / "src")}


def run(folder: Path, *words) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("repository")
    return {kind: make_component(New(kind=kind, name=NAMES.get(kind, "far_out")), root) for kind in MADE}


NAMES = {"provider": "farout"}  # it is a scheme
every = pytest.mark.parametrize("kind", MADE)


@every
def test_one_fact_names_everything(made, kind) -> None:
    project, name = read_project(made[kind], "x"), NAMES.get(kind, "far_out")
    assert made[kind].parts[-3:] == ("components", kind, name)
    assert project.name == f"penstock-{kind}-{name.replace('_', '-')}"
    assert project.entry_points == {f"penstock.{kind}": {name: f"penstock_{kind}_{name}:factory"}}
    assert (made[kind] / f"src/penstock_{kind}_{name}/py.typed").exists()


@every
def test_what_is_generated_for_it_is_current(made, kind) -> None:
    root = made[kind].parents[2]
    done = run(made[kind], "-m", "penstock_testkit.generate", "--check", "--root", root, made[kind])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@every
def test_its_tests_pass(made, kind) -> None:
    done = run(
        made[kind], "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", "--rootdir", made[kind], "tests"
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@every
def test_it_passes_the_contract(made, kind) -> None:
    pages = (
        ["test_providers.py", "test_contract.py"]
        if kind == "provider"
        else ["test_contract.py", "test_ledger.py"]
    )
    tests = [ROOT / "tests/contract" / page for page in pages]
    done = run(made[kind], "-c", CONTRACT, ROOT, made[kind], *tests)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@every
def test_it_is_in_the_style_of_the_house(made, kind) -> None:
    lint = run(
        made[kind], "-m", "ruff", "check", "--ignore", "E501,I", "--config", ROOT / "pyproject.toml", "src"
    )
    assert lint.returncode == 0, lint.stdout
    types = ["--config-file", ROOT / "pyproject.toml", "--cache-dir", ROOT / ".mypy_cache"]
    done = run(made[kind], "-m", "mypy", *types, "src")
    assert done.returncode == 0, done.stdout


def test_the_command_says_what_to_do_next(world, penstock) -> None:
    done = penstock("new", "processor", "thin")
    assert (done.code, done.out) == (0, "components/processor/thin\n")
    assert done.err == (
        "add it to your manifest:\n\n"
        "processors:\n  - package: penstock-processor-thin == 0.1.0\n    path: components/processor/thin\n"
    )


def test_nothing_is_overwritten(world, penstock) -> None:
    penstock("new", "exporter", "one")
    done = penstock("new", "exporter", "one")
    assert (done.code, done.err) == (
        2,
        "is there already: components/exporter/one\n\nhint: choose another name\n",
    )


@pytest.mark.parametrize("name", ["A", "a-b", "../evil", "class", ""])
def test_a_name_that_cannot_be_one_is_refused_and_nothing_is_made(world, penstock, name) -> None:
    done = penstock("new", "receiver", name)
    assert done.code == 2
    assert "is not a component name: " in done.err
    assert list(world.root.iterdir()) == []


def test_the_name_of_a_provider_must_be_a_scheme(world, penstock) -> None:
    assert penstock("new", "provider", "my_vault").err == (
        "is no scheme of a provider: my_vault\n\nhint: use two or more letters and digits\n"
    )


def test_a_kind_that_there_is_none_of_is_refused(penstock) -> None:
    assert penstock("new", "gadget", "x").code == 2


def test_a_disk_error_leaves_nothing(tmp_path, monkeypatch) -> None:
    write = Path.write_bytes

    def fail(self: Path, data: bytes) -> int:
        if self.name == "metadata.yaml":
            raise OSError(28, "No space left on device", str(self))
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(ScaffoldError, match=r"metadata\.yaml: cannot be written: No space left on device"):
        make_component(New(kind="processor", name="thin"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_files_do_not_depend_on_where_they_go() -> None:
    new = New(kind="receiver", name="thin")
    assert component_tree(new) == component_tree(new)
    assert (
        json.loads(
            {str(path): text for path, text in component_tree(new).items()}[
                "src/penstock_receiver_thin/config.schema.json"
            ]
        )["additionalProperties"]
        is False
    )
