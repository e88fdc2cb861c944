"""Keeps the table of `docs/performance.md` equal to the result that is kept."""

from typing import Final

__all__ = ("BEGIN", "END", "with_table")

BEGIN: Final = "<!-- begin generated -->\n"
END: Final = "<!-- end generated -->\n"


def with_table(page: str, table: str) -> str:
    """`page` with `table` between its markers. Raises `ValueError` when it does not have both."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page lacks a marker for generated text")
    return f"{head}{BEGIN}\n{table}\n{END}{tail}"
