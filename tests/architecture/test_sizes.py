"""A module fits into a head, a function onto a screen."""

import ast
from pathlib import Path

import pytest

from penstock_testkit.projects import find_root
from penstock_testkit.sources import Module, source_modules

ROOT = find_root(Path(__file__))
MODULE_LINES, FUNCTION_LINES = 400, 40


def everything() -> list[Module]:
    folders = (ROOT / "benchmarks", ROOT / "release")
    scripts = [*(one for folder in folders for one in sorted(folder.rglob("*.py")))]
    scripts += sorted((ROOT / "builder").glob("*.py"))
    return [*source_modules(ROOT), *(Module(path, path.parent.name, ROOT) for path in scripts)]


def too_long(
    module: Module, module_lines: int = MODULE_LINES, function_lines: int = FUNCTION_LINES
) -> list[str]:
    found = [f"{module}: {len(module.lines)} lines"] if len(module.lines) > module_lines else []
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if lines > function_lines:
                found.append(f"{module}:{node.lineno}: {node.name} has {lines} lines")
    return found


def test_no_module_and_no_function_is_too_long():
    assert [one for module in everything() for one in too_long(module)] == []


@pytest.mark.parametrize("source", ["\n" * 5, "async def f():\n    1\n    2\n    3\n"])
def test_what_is_too_long_is_found(tmp_path, source):
    path = tmp_path / "planted.py"
    path.write_text(source)
    assert len(too_long(Module(path, "planted", tmp_path), module_lines=4, function_lines=3)) == 1
    assert too_long(Module(path, "planted", tmp_path), module_lines=5, function_lines=4) == []
