"""The small distribution: its manifest lives with it, and nothing is in it that it does not use."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock_builder.lock import parse
from penstock_builder.steps import open_workspace

ROOT = Path(__file__).parents[2]
HERE = ROOT / "distributions/pencol-otlp"
BOTH = ("builder-manifest.yaml", "distributions/pencol-otlp/manifest.yaml")
IMPORTED_AS = {
    "grpcio": "grpc",
    "opentelemetry-proto": "opentelemetry",
    "protobuf": "google",
    "pyyaml": "yaml",
}
LOADED_BY_OTHERS = {"sniffio", "httptools", "uvicorn"}  # httpcore, uvicorn, the api look for them


def imports_of(project: Path) -> set[str]:
    found: set[str] = set()
    for file in (project / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {name.partition(".")[0] for name in names}
    return found


def test_both_distributions_are_current() -> None:
    command = [sys.executable, "-m", "penstock_builder", "check", *BOTH]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_every_requirement_is_imported_by_the_project_that_has_it() -> None:
    for project in open_workspace(HERE / "manifest.yaml").resolution.local:
        imported = imports_of(project.root)
        for requirement in project.dependencies:
            name = canonicalize_name(requirement.name)
            module = IMPORTED_AS.get(name, name.replace("-", "_"))
            assert module in imported or name in LOADED_BY_OTHERS, f"{project.name}: {name}"


def test_every_pin_is_required_by_something_that_is_in_it() -> None:
    lock = parse((HERE / "requirements.lock").read_text())
    wanted = {canonicalize_name(Requirement(want).name) for want in lock.wants}
    pinned = {canonicalize_name(pin.name) for pin in lock.pins}
    assert wanted <= pinned
    assert [pin.name for pin in lock.pins if pin.name not in wanted and not pinned & {*pin.via}] == []


def test_it_is_smaller_than_the_default_one() -> None:
    small, full = (
        set(re.findall(r"(?m)^([\w.-]+)==", (folder / "requirements.lock").read_text()))
        for folder in (HERE, ROOT / "distributions/pencol")
    )
    assert small < full
