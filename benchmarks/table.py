"""A report as a Markdown table, with what a reader must know to read it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from benchmarks.cases import Out
from benchmarks.results import Report, Row

__all__ = ("grid", "render")

_HEAD: Final = (
    *("in", "spans/request", "out", "penstock CPU", "rotel CPU", "ratio"),
    *("penstock MB", "rotel MB", "penstock idle MB", "rotel idle MB"),
)
_LEFT: Final = (0, 2)
_MB: Final = 1_000_000
_NONE: Final = "-"
_NOTES: Final = (
    "CPU: seconds of the server's process tree per million spans. ratio: penstock / rotel within a round.",
    "MB: most memory resident; idle: before the first request. All figures are medians of the rounds.",
    "`*` this version of rotel compresses whatever it is told: the figure is one with gzip.",
)


def render(report: Report) -> str:
    """The table, and below it what it was measured with."""
    lines = [_HEAD, *(tuple(_cells(row)) for row in report.rows)]
    notes = [*_NOTES, *(f"INVALID: {problem}" for row in report.rows for problem in row.problems())]
    return "\n".join([*grid(lines), "", *(f"- {note}" for note in [*notes, *_facts(report)])]) + "\n"


def _cells(row: Row) -> Iterator[str]:
    compressed = "*" if row.case.out is Out.GRPC and "rotel" in row.samples else ""
    yield row.case.load.protocol
    yield str(row.case.load.spans)
    yield f"{row.case.out}{' (INVALID)' if row.problems() else ''}"
    yield _number(row.median("penstock", "cpu"))
    yield _number(row.median("rotel", "cpu")) + compressed
    yield _number(row.ratio("penstock", "rotel")) + compressed
    for value in ("peak_memory", "idle_memory"):
        yield _megabytes(row.median("penstock", value))
        yield _megabytes(row.median("rotel", value))


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def _megabytes(value: float | None) -> str:
    return _NONE if value is None else f"{value / _MB:.0f}"


def grid(lines: Sequence[Sequence[str]], left: Sequence[int] = _LEFT) -> Iterator[str]:
    """The lines in columns of equal width; the first one is the head."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        cells = (
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            rules = (
                "-" * width if place in left else "-" * (width - 1) + ":"
                for place, width in enumerate(widths)
            )
            yield f"| {' | '.join(rules)} |"


def _facts(report: Report) -> Iterator[str]:
    yield f"date: {report.date}"
    for title in ("machine", "versions", "method"):
        facts: Mapping[str, object] = getattr(report, title)
        yield f"{title}: {', '.join(f'{key} {value}' for key, value in facts.items())}"
