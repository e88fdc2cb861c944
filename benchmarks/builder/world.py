"""Workspaces to measure in: the repository's own distribution, and made-up ones of any size."""

import shutil
from pathlib import Path

__all__ = ("copied", "made")

_SKIPPED = shutil.ignore_patterns("__pycache__", "tests", "*.egg-info", ".*_cache")
_PROJECT = """\
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = {requires}
{points}
[build-system]
requires = ["uv_build==0.13.6"]
build-backend = "uv_build"
"""


def copied(root: Path, target: Path) -> Path:
    """What the builder reads of the repository at `root`, in another folder."""
    for name in ("components", "distributions"):
        shutil.copytree(root / name, target / name, ignore=_SKIPPED)
    shutil.copy(root / "builder-manifest.yaml", target)
    shutil.copy(root / "dependency-replacements.yaml", target)
    return target


def made(target: Path, components: int) -> Path:
    """A manifest of so many processors on this machine, which require nothing of an index."""
    _project(target / "api", "penstock-api")
    _project(target / "collector", "penstock-collector", requires=["penstock-api==0.1.0"])
    lines = ["dist:", "  name: made", '  version: "1.0.0"', "  output_path: out", "collector:"]
    lines += ["  package: penstock-collector == 0.1.0", "  path: collector", "processors:"]
    for number in range(components):
        name = f"penstock-processor-p{number}"
        point = (
            f'[project.entry-points."penstock.processor"]\np{number} = "{name.replace("-", "_")}:factory"\n'
        )
        _project(target / name, name, requires=["penstock-api==0.1.0"], points=point)
        lines += [f"  - package: {name} == 0.1.0", f"    path: {name}"]
    lines += ["replaces:", "  - dependency: penstock-api", "    path: api", "    reason: of this workspace"]
    (target / "builder-manifest.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def _project(folder: Path, name: str, *, requires: list[str] | None = None, points: str = "") -> None:
    package = folder / "src" / name.replace("-", "_")
    package.mkdir(parents=True)
    text = _PROJECT.format(name=name, requires=requires or [], points=points).replace("'", '"')
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    (package / "__init__.py").write_text("factory = None\n", encoding="utf-8")
