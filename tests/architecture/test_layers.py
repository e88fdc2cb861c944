"""Imports point down only, and everything imported is declared."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from penstock_testkit.projects import find_projects, find_root
from penstock_testkit.sources import Module, source_modules

ROOT = find_root(Path(__file__))
MODULES = list(source_modules(ROOT))
PACKAGES = sorted({module.package for module in MODULES})
DISTRIBUTIONS = sorted(path for path in ROOT.glob("distributions/*/src/*") if path.is_dir())

CORE = {
    "penstock_api": set(),
    "penstock_wire": set(),
    "penstock_engine": {"penstock_api"},
    "penstock_collector": {"penstock_api", "penstock_engine"},
    "penstock_dataflow": {"penstock_api", "penstock_engine"},
    "penstock_plugin": {"penstock_api"},
    "penstock_testkit": {"penstock_api", "penstock_engine"},
    "penstock_builder": set(),
}
EXTRA = {
    "penstock_extension_engine": {"penstock_dataflow"},
    "penstock_processor_plugin": {"penstock_plugin"},
    "penstock_receiver_otlp": {"penstock_wire"},
    "penstock_exporter_otlp_grpc": {"penstock_wire"},
    "penstock_exporter_otlp_http": {"penstock_wire"},
}

# Imported only on behalf of components that declare it themselves.
LENT = {"penstock_api": {"uvicorn"}}


def imports_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every absolute import at any depth, also by name: its line and its first word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value.partition(".")[0]


def allowed(package: str) -> set[str]:
    """What of ours `package` may import."""
    return CORE.get(package, {"penstock_api"} | EXTRA.get(package, set())) | {package}


def wrong_imports(module: Module) -> list[str]:
    """The imports of ours that point up or sideways."""
    ours = ((line, name) for line, name in imports_of(module.tree) if name.startswith("penstock"))
    return [f"{module}:{line}: {name}" for line, name in ours if name not in allowed(module.package)]


def third_party(module: Module) -> set[str]:
    """The first words of imports that are neither ours nor of the standard library."""
    names = {name for _, name in imports_of(module.tree) if not name.startswith("penstock")}
    return names - set(sys.stdlib_module_names)


def declared_of(project: Path) -> set[str]:
    """The names of all distributions that a project depends on, also optionally."""
    about = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    extras = about.get("optional-dependencies", {}).values()
    requirements = [*about.get("dependencies", []), *(one for extra in extras for one in extra)]
    return {canonical(re.split(r"[^A-Za-z0-9._-]", one)[0]) for one in requirements}


def available_to(project: Path) -> set[str]:
    """What a project declares, and what the projects of ours declare that it depends on."""
    declared = declared_of(project)
    ours = (ROOT / "components/core" / name.removeprefix("penstock-") for name in declared)
    return declared.union(*(available_to(one) for one in ours if (one / "pyproject.toml").exists()))


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_down_only(package):
    assert [wrong for one in MODULES if one.package == package for wrong in wrong_imports(one)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_imported_is_declared(package):
    providers = {**packages_distributions(), "pydantic_core": ["pydantic"], "ruamel": ["ruamel.yaml"]}
    modules = [one for one in MODULES if one.package == package]
    declared, available = declared_of(modules[0].project), available_to(modules[0].project)
    names = set().union(*(third_party(one) for one in modules))
    missing = {
        name for name in names if not available & {canonical(one) for one in providers.get(name, [name])}
    }
    ours = {name for one in modules for _, name in imports_of(one.tree) if name.startswith("penstock")}
    undeclared = {name for name in ours - {package} if canonical(name) not in declared}
    assert (missing, undeclared) == (LENT.get(package, set()), set())


@pytest.mark.parametrize("package", DISTRIBUTIONS, ids=lambda path: path.parts[-3])
def test_a_distribution_imports_the_collector_and_components(package):
    known = {one.package for one in find_projects(ROOT)} | {
        "penstock_api",
        "penstock_collector",
        package.name,
    }
    paths = (path for path in package.rglob("*.py") if "_embedded" not in path.parts)
    names = {name for path in paths for _, name in imports_of(ast.parse(path.read_text()))}
    assert {name for name in names if name.startswith("penstock")} - known - {"penstock_dataflow"} == set()


@pytest.mark.parametrize(
    ("package", "source", "wrong"),
    [
        ("penstock_processor_batch", "from penstock_collector import graph", "penstock_collector"),
        (
            "penstock_processor_batch",
            "def f():\n    import penstock_exporter_debug.x",
            "penstock_exporter_debug",
        ),
        ("penstock_engine", "if TYPE_CHECKING:\n    import penstock_dataflow", "penstock_dataflow"),
        ("penstock_builder", "importlib.import_module('penstock_api.batch')", "penstock_api"),
        ("penstock_api", "import penstock_engine as e", "penstock_engine"),
        ("penstock_collector", "from penstock_builder import plan", "penstock_builder"),
        ("penstock_extension_engine", "import penstock_plugin", "penstock_plugin"),
    ],
)
def test_a_planted_import_is_found(tmp_path, package, source, wrong):
    path = tmp_path / "planted.py"
    path.write_text(source)
    found = wrong_imports(Module(path, package, tmp_path))
    assert [one.rpartition(": ")[2] for one in found] == [wrong]


@pytest.mark.parametrize(
    ("package", "source"),
    [
        (
            "penstock_processor_batch",
            "from penstock_api import Config\nfrom penstock_processor_batch import x",
        ),
        ("penstock_extension_engine", "import penstock_dataflow"),
        ("penstock_exporter_otlp_http", "import penstock_wire"),
    ],
)
def test_a_right_import_is_not_found(tmp_path, package, source):
    path = tmp_path / "planted.py"
    path.write_text(source)
    assert wrong_imports(Module(path, package, tmp_path)) == []
