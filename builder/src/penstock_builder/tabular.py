"""Rows of text as a table with aligned columns."""

from collections.abc import Sequence

__all__ = ("table",)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """One line per row, two spaces between columns, none at the end."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)
