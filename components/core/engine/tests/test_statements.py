"""docs/dataflow-statements.md names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs/dataflow-statements.md").read_text()
ROWS = re.findall(r"^\| R-(\d+) \| .* \| (.*) \|$", TEXT, re.MULTILINE)
FOLDERS = ("tests", "components", "builder/tests")
FILES = [file for folder in FOLDERS for file in (ROOT / folder).rglob("test_*.py")]


def test_every_statement_has_a_row_and_at_least_72_are_held():
    numbers = [int(number) for number, _ in ROWS]
    assert numbers == list(range(1, 78))
    assert sum("does not apply" not in held for _, held in ROWS) >= 72


@pytest.mark.parametrize(("number", "held"), ROWS)
def test_what_is_named_exists(number, held):
    named = re.findall(r"`(test_\w+\.py)`", held)
    if f"`test_r_{number}_*`" in held:
        assert named
        for name in named:
            texts = [file.read_text() for file in FILES if file.name == name]
            assert any(f"def test_r_{number}_" in text or "mypy" in text for text in texts), name
    else:
        assert "does not apply" in held, f"R-{number} says neither which test holds it nor why none does"
