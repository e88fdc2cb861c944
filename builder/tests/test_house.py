"""Rules that every part of the builder keeps."""

import ast
import importlib
import re
import tarfile
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import penstock_builder
from penstock_builder import uv, wheel
from penstock_builder.errors import ManifestError
from penstock_builder.problems import Problem
from penstock_builder.templating import find_templates, read_templates

BUILDER = Path(__file__).parents[1]
TEMPLATES = BUILDER.parent / "templates"
MODULES = sorted((BUILDER / "src/penstock_builder").glob("*.py"))
PROJECT = tomllib.loads((BUILDER / "pyproject.toml").read_text())["project"]


def templates_in(names) -> set[str]:
    found = (name.partition("penstock_builder/templates/") for name in names)
    return {name for _, mark, name in found if mark}


@pytest.fixture(scope="module")
def shipped() -> set[str]:
    return {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.j2")}


def test_the_wheel_has_every_template(tmp_path: Path, shipped: set[str]) -> None:
    (built,) = WheelBuilder(str(BUILDER)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        assert templates_in(archive.namelist()) == shipped


def test_the_wheel_that_is_built_from_the_sdist_has_every_template(tmp_path: Path, shipped: set[str]) -> None:
    (sdist,) = SdistBuilder(str(BUILDER)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (root,) = (tmp_path / "unpacked").iterdir()
    (built,) = WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        assert templates_in(archive.namelist()) == shipped
        for name in shipped:
            assert archive.read(f"penstock_builder/templates/{name}") == (TEMPLATES / name).read_bytes()


def test_an_editable_installation_reads_the_checkout() -> None:
    assert Path(str(find_templates())) == TEMPLATES


def test_versions_that_are_written_twice_agree() -> None:
    pins = dict(
        re.fullmatch(r"([\w-]+)==(.+)", one).groups() for one in PROJECT["dependencies"] if "==" in one
    )
    assert pins == {"hatchling": wheel.BACKEND, "uv": uv.REQUIRED}
    assert PROJECT["version"] == penstock_builder.__version__
    assert (
        f'requires = ["hatchling=={wheel.BACKEND}"]'
        in read_templates().texts["distribution/pyproject.toml.j2"]
    )
    assert version("hatchling") == wheel.BACKEND


def test_templates_loop_and_substitute_but_decide_nothing() -> None:
    for name, text in read_templates().texts.items():
        words = set(re.findall(r"{%-?\s*(\w+)", text))
        assert words <= {"for", "endfor", "include", "block", "endblock"}, name
        assert " if " not in "".join(re.findall(r"{[{%].*?[}%]}", text)), name


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_modules_are_short_and_say_what_they_are_for(module: Path) -> None:
    text = module.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert len(text.splitlines()) <= 250
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    assert [one.name for one in functions if one.end_lineno - one.lineno >= 40] == []


@pytest.mark.parametrize(
    "module", [path for path in MODULES if path.stem != "__main__"], ids=lambda path: path.stem
)
def test_all_is_sorted_and_exact(module: Path) -> None:
    name = "penstock_builder" if module.stem == "__init__" else f"penstock_builder.{module.stem}"
    loaded = importlib.import_module(name)
    tree = ast.parse(module.read_text())
    defined = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.ClassDef)}
    assert tuple(sorted(loaded.__all__)) == loaded.__all__
    assert {one for one in defined if not one.startswith("_")} <= set(loaded.__all__)
    assert all(hasattr(loaded, one) for one in loaded.__all__)


def test_the_builder_imports_nothing_of_ours() -> None:
    for module in MODULES:
        for name in re.findall(r"^\s*(?:from|import) (penstock\w*)", module.read_text(), re.MULTILINE):
            assert name == "penstock_builder", module


def test_errors_survive_a_process_boundary() -> None:
    import pickle

    error = ManifestError([Problem(file="m", line=1, column=2, path="a", what="is wrong", hint="mend it")])
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.problems, copy.exit_code) == (
        "m:1:2: a: is wrong\n\nhint: mend it",
        error.problems,
        2,
    )
