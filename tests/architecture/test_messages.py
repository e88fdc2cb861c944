"""Every error message is pinned by a test: a raise whose words no test knows is an error."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from penstock_testkit.projects import find_root
from penstock_testkit.sources import Module, source_modules

ROOT = find_root(Path(__file__))
WINDOW = 3
# Messages that no test can reach, as `module: words`, each with its reason. A stale entry is an error.
UNREACHABLE: dict[str, str] = {}


def fragments_of(node: ast.AST) -> list[str]:
    """The literal parts of a string or f-string."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [one for part in node.values if isinstance(part, ast.Constant) for one in fragments_of(part)]
    if isinstance(node, ast.BinOp):
        return fragments_of(node.left) + fragments_of(node.right)
    if isinstance(node, ast.IfExp):
        return fragments_of(node.body) + fragments_of(node.orelse)
    return []


def raised(module: Module) -> Iterator[tuple[int, list[str]]]:
    """The line and the literal parts of every message that is raised with one."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            calls = [one for one in ast.walk(node.exc) if isinstance(one, ast.Call)]
            texts = (fragments_of(argument) for call in calls for argument in call.args)
            fragments = next((text for text in texts if any(map(words, text))), [])
            if fragments:
                yield node.lineno, fragments


def words(text: str) -> str:
    """The words of `text` with one space between; what regular expressions add to them is dropped."""
    return " ".join(re.findall(r"[a-z0-9_]+", text.replace("\\", " ").lower()))


def is_known(fragments: list[str], corpus: str) -> bool:
    """Whether three words in a row of a message, or all of a shorter one, stand in the tests."""
    parts = [words(one).split() for one in fragments]
    longest = max(parts, key=len)
    size = min(WINDOW, len(longest))
    runs = (" ".join(part[n : n + size]) for part in parts for n in range(len(part) - size + 1))
    return any(f" {run} " in corpus for run in runs if run)


@cache
def corpus_of(project: Path) -> str:
    """The words of the tests of a project, and of the tests that cross projects."""
    paths = [*(project / "tests").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    return f" {' '.join(words(path.read_text()) for path in sorted(paths) if path != Path(__file__))} "


def unknown() -> dict[str, str]:
    found = {}
    for module in source_modules(ROOT):
        for line, fragments in raised(module):
            if not is_known(fragments, corpus_of(module.project)):
                found[f"{module.package}: {words(max(fragments, key=len))}"] = f"{module}:{line}"
    return found


def test_every_message_is_tested():
    assert {key: place for key, place in unknown().items() if key not in UNREACHABLE} == {}


def test_no_exception_is_stale():
    assert set(UNREACHABLE) - set(unknown()) == set()


@pytest.mark.parametrize(
    ("source", "tests", "known"),
    [
        ('raise ValueError("must be at least 1")', 'match="must be at least"', True),
        ('raise ValueError("must be at least 1")', 'match="must be below"', False),
        ('raise E(f"`{a}` is no duration: {b!r}")', r'match=r"`x` is no duration: \'y\'"', True),
        ('raise E(f"no `size` (in {a})")', r'match=r"no `size` \(in q\)"', True),
        ('raise ConfigError(Problem(path, "unknown key"))', '"unknown key"', True),
        ('raise ConfigError.single(f"{x} is gone", hint="look")', '"lost"', False),
        ('raise E("short" if x else "much longer one")', '"much longer one"', True),
    ],
)
def test_messages_are_looked_up_by_their_words(tmp_path, source, tests, known):
    path = tmp_path / "planted.py"
    path.write_text(source)
    ((_, fragments),) = raised(Module(path, "planted", tmp_path))
    assert is_known(fragments, f" {words(tests)} ") is known


def test_a_raise_without_a_literal_needs_no_test(tmp_path):
    path = tmp_path / "planted.py"
    path.write_text("raise error\nraise ValueError(text)\nraise E from None")
    assert list(raised(Module(path, "planted", tmp_path))) == []
