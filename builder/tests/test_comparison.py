"""docs/builder/comparison.md says nothing that is not shown by a command and held by a test."""

import re
import shlex
from pathlib import Path

import pytest

from penstock_builder.commands import penstock

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/builder/comparison.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("| \n").split(" | ")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d+ \|", line)
]
HERE = [row for row in ROWS if row[7] == "yes"]

each = pytest.mark.parametrize("row", HERE, ids=lambda row: row[0])


def test_every_feature_has_a_row() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 65))
    assert {row[7] for row in ROWS} == {"yes"}


@each
def test_the_command_exists_with_its_options(row) -> None:
    program, *words = shlex.split(row[8].strip("`"))
    if program == "penstock":
        command = penstock.commands[words[0]]
        known = {option for one in command.params for option in one.opts}
        assert [word for word in words if word.startswith("--") and word not in known] == []


@each
def test_the_test_exists(row) -> None:
    file, _, name = row[9].strip("`").partition("::")
    assert f"def {name}(" in (ROOT / file).read_text()
