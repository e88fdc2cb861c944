"""docs/builder-statements.md names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/builder-statements.md").read_text()
ROWS = re.findall(r"^\| B-(\d+) \| .* \| (.*) \|$", TEXT, re.MULTILINE)
TESTS = "\n".join(
    file.read_text()
    for folder in ("builder/tests", "tests", "components")
    for file in (ROOT / folder).rglob("test_*.py")
)


def test_every_statement_has_a_row() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 89))


@pytest.mark.parametrize(("number", "held"), ROWS)
def test_what_is_named_exists(number: str, held: str) -> None:
    assert held.strip(), f"B-{number} says neither which test holds it nor why none does"
    for name in re.findall(r"`(test_[a-z0-9_]+)(\*?)`", held):
        wanted = f"_b_{number}_" if name[0].startswith("test_b_") else f"def {name[0]}"
        assert wanted in TESTS, name
    for file in re.findall(r"`(test_\w+\.py)`", held):
        assert any((ROOT / folder).rglob(file) for folder in ("builder/tests", "tests", "components")), number
