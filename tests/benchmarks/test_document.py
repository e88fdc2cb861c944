from pathlib import Path

import pytest

from benchmarks.document import with_table
from benchmarks.results import Report
from benchmarks.table import render

ROOT = Path(__file__).parents[2]


def test_the_table_takes_the_place_of_the_one_before():
    page = "head\n<!-- begin generated -->\nold\n<!-- end generated -->\ntail\n"

    assert (
        with_table(page, "new\n") == "head\n<!-- begin generated -->\n\nnew\n\n<!-- end generated -->\ntail\n"
    )


def test_a_page_without_a_place_for_the_table_is_refused():
    with pytest.raises(ValueError, match="the page lacks a marker for generated text"):
        with_table("<!-- end generated -->\n<!-- begin generated -->\n", "new\n")


def test_the_guide_shows_the_result_that_is_kept():
    page = (ROOT / "docs" / "performance.md").read_text()
    kept = Report.read(ROOT / "benchmarks" / "results" / "latest.json")

    assert page == with_table(page, render(kept))
