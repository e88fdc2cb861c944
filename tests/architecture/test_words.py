"""Words that have no place: in code, in the engine, in any file."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock_testkit.projects import find_root
from penstock_testkit.sources import Module, source_modules, tracked_files

ROOT = find_root(Path(__file__))
MODULES = list(source_modules(ROOT))
# The patterns are written in two parts, so that this file does not hold what it looks for.
UNFINISHED = re.compile(rf"\b(?:TO{'DO'}|FIX{'ME'}|Not{'Implemented'}Error)\b|\b(?i:place{'holder'})")
REGISTRIES = re.compile(
    "|".join(
        re.escape(one + two)
        for one, two in (
            ("pypi", ".org"),
            ("python", "hosted.org"),
            ("crates", ".io"),
            ("npmjs", ".org"),
            ("npmjs", ".com"),
            ("rubygems", ".org"),
            ("proxy.", "golang.org"),
            ("maven", ".org"),
            ("anaconda", ".org"),
            ("docker", ".io"),
            ("docker", ".com"),
            ("ghcr", ".io"),
            ("quay", ".io"),
            ("gcr", ".io"),
        )
    )
)
# `src` that starts tasks itself: the kernel, and the tests' stand-in for it.
STARTS_TASKS = {"penstock_engine", "penstock_testkit"}
TASK_MAKERS = {"create_task", "ensure_future", "TaskGroup"}


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked_files(ROOT):
        data = path.read_bytes()
        if b"\0" not in data:
            yield str(path.relative_to(ROOT)), data.decode(errors="replace")


def found_in(pattern: re.Pattern[str], name: str, text: str) -> list[str]:
    lines = enumerate(text.splitlines(), 1)
    return [f"{name}:{number}: {hit[0]}" for number, line in lines if (hit := pattern.search(line))]


def unexplained(module: Module) -> list[str]:
    """Uses of `Any` and `cast` without a reason: a comment in the statement, above it, or for the module."""
    whole = any(re.match(r"(?:from typing import .*\bAny\b.*|)# Any: \w", line) for line in module.lines)
    found = []
    for statement, node in _loads(module.tree):
        if node.id in ("Any", "cast") and not (node.id == "Any" and whole):
            near = module.lines[max(0, statement.lineno - 2) : _head_end(statement)]
            if not any(_reason(line) for line in near):
                found.append(f"{module}:{node.lineno}: {node.id}")
    return found


def _loads(tree: ast.AST, statement: ast.stmt | None = None) -> Iterator[tuple[ast.stmt, ast.Name]]:
    """Every name that is read, with the innermost statement around it."""
    for child in ast.iter_child_nodes(tree):
        around = child if isinstance(child, ast.stmt) else statement
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            yield around, child
        if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Load):
            yield around, ast.Name(child.attr, child.ctx, lineno=child.lineno)
        yield from _loads(child, around)


def _head_end(statement: ast.stmt) -> int:
    """The last line of a statement without those inside it."""
    body = getattr(statement, "body", None)
    return max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno


def _reason(line: str) -> bool:
    comment = re.sub(r"(?:noqa|type: ignore)[^#]*", "", line.partition("#")[2])
    return bool(re.search(r"\w{2,}", comment))


def tasks_started(module: Module) -> list[str]:
    uses = (
        (node.lineno, getattr(node, "attr", getattr(node, "id", "")))
        for node in ast.walk(module.tree)
        if hasattr(node, "lineno")
    )
    return [f"{module}:{line}: {name}" for line, name in uses if name in TASK_MAKERS]


def test_nothing_is_left_unfinished():
    assert [one for name, text in texts() for one in found_in(UNFINISHED, name, text)] == []


def test_no_file_names_a_package_registry():
    assert [one for name, text in texts() for one in found_in(REGISTRIES, name, text)] == []


def test_the_engine_does_not_know_telemetry():
    pattern = re.compile(r"\bspans?\b", re.IGNORECASE)
    files = [path for path in tracked_files(ROOT) if path.is_relative_to(ROOT / "components/core/engine")]
    assert [one for path in files for one in found_in(pattern, path.name, path.read_text())] == []


def test_any_and_cast_have_a_reason():
    assert [one for module in MODULES for one in unexplained(module)] == []


def test_only_the_engine_starts_tasks():
    checked = [one for one in MODULES if one.package not in STARTS_TASKS]
    assert [one for module in checked for one in tasks_started(module)] == []


def planted(tmp_path: Path, source: str) -> Module:
    path = tmp_path / "planted.py"
    path.write_text(source)
    return Module(path, "planted", tmp_path)


@pytest.mark.parametrize(
    "source",
    ["x: Any = 1", "x = typing.cast(int, y)", "x: Any = 1  # noqa: A001", "def f(x: list[Any]): ..."],
)
def test_a_planted_any_is_found(tmp_path, source):
    assert len(unexplained(planted(tmp_path, source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "x: Any = 1  # Any: JSON",
        "# JSON has any shape\nx: Any = 1",
        "from typing import Any, cast  # Any: JSON\nx: Any = 1",
        "# Any: JSON\n\n\nx: Any = 1",
        "x = cast(int, y)  # checked above",
        "def cast(): ...",
    ],
)
def test_an_explained_any_is_not_found(tmp_path, source):
    assert unexplained(planted(tmp_path, source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "asyncio.create_task(x)",
        "loop.create_task(x)",
        "async def f():\n  async with TaskGroup(): ...",
        "asyncio.ensure_future(x)",
    ],
)
def test_a_planted_task_is_found(tmp_path, source):
    assert len(tasks_started(planted(tmp_path, source))) == 1


def test_planted_words_are_found():
    assert found_in(UNFINISHED, "x", f"a\n# TO{'DO'}: later") == [f"x:2: TO{'DO'}"]
    assert found_in(REGISTRIES, "x", f"https://py{'pi.org'}/simple") == [f"x:1: py{'pi.org'}"]
