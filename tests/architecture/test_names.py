"""One fact names everything, and every project has the same shape."""

import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from penstock_api import Kind
from penstock_testkit.projects import find_projects, find_root

ROOT = find_root(Path(__file__))
PROJECTS = list(find_projects(ROOT))
CORE = sorted((ROOT / "components/core").glob("*/pyproject.toml"))
EVERY = [*CORE, *(one.folder / "pyproject.toml" for one in PROJECTS)]
KEYS = ["name", "version", "description", "requires-python", "license", "dependencies"]
BACKEND = {"requires": ["uv_build==0.13.6"], "build-backend": "uv_build"}


def read(path: Path) -> dict:
    return tomllib.loads(path.read_text())


def name_of(path: Path) -> str:
    return str(path.parent.relative_to(ROOT / "components"))


def test_only_kinds_of_component_have_folders():
    folders = {path.name for path in (ROOT / "components").iterdir() if path.is_dir()}
    assert folders - {"core", *(kind.value for kind in Kind)} == set()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda one: f"{one.kind}/{one.id}")
def test_the_folder_names_the_project_the_import_and_the_entry_points(project):
    about = read(project.folder / "pyproject.toml")["project"]
    assert about["name"] == project.name
    assert [path.name for path in (project.folder / "src").iterdir() if path.suffix != ".egg-info"] == [
        project.package
    ]
    points = {point: f"{project.package}:{_factory(project, point)}" for point in project.entry_points}
    assert about["entry-points"] == {f"penstock.{project.kind}": points}


def _factory(project, point: str) -> str:
    """In a family each factory carries its name."""
    return "factory" if project.entry_points == (project.id,) else point


@pytest.mark.parametrize("project", PROJECTS, ids=lambda one: f"{one.kind}/{one.id}")
def test_every_component_is_installed(project):
    installed = {point.name for point in entry_points(group=f"penstock.{project.kind}")}
    assert set(project.entry_points) <= installed, "run `make setup`"


@pytest.mark.parametrize("project", PROJECTS, ids=lambda one: f"{one.kind}/{one.id}")
def test_every_component_has_its_files(project):
    wanted = ("README.md", "metadata.yaml", f"src/{project.package}/__init__.py")
    assert [name for name in wanted if not (project.folder / name).is_file()] == []
    assert list((project.folder / "tests").glob("test_*.py"))


@pytest.mark.parametrize("path", EVERY, ids=name_of)
def test_every_pyproject_has_the_same_shape(path):
    content = read(path)
    assert list(content) == ["project", "build-system"]
    about = content["project"]
    optional = [key for key in about if key in ("optional-dependencies", "entry-points", "scripts")]
    assert [key for key in about if key not in optional] == KEYS
    assert content["build-system"] == BACKEND
    assert (about["requires-python"], about["license"]) == (">=3.11", "Apache-2.0")
    assert (path.parent / "src" / about["name"].replace("-", "_") / "py.typed").exists()
    assert (path.parent / "README.md").exists()


@pytest.mark.parametrize("path", [ROOT / "builder/pyproject.toml", *EVERY], ids=lambda path: path.parent.name)
def test_versions_are_in_lockstep(path):
    version = read(ROOT / "components/core/api/pyproject.toml")["project"]["version"]
    about = read(path)["project"]
    ours = [one for one in about.get("dependencies", []) if one.startswith("penstock-")]
    assert about["version"] == version
    assert [one for one in ours if not one.endswith(f"=={version}")] == []
