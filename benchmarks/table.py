"""A report as Markdown tables, with what a reader must know to read them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from benchmarks.cases import CONNECTIONS, FIVE, SIZES, TARGETS, WORKERS, Case, measured
from benchmarks.results import Report, Row

__all__ = ("grid", "render")

_HEAD: Final = (
    *("in", "spans/request", "out", "penstock CPU", "rotel CPU", "ratio", "at most"),
    *("penstock MB", "rotel MB"),
)
_MEMORY_HEAD: Final = ("resident", "penstock MB", "rotel MB", "at most MB")
_COST_HEAD: Final = (
    *("what grows", "to", "penstock CPU", "us/request", "rotel CPU", "ratio"),
    *("penstock MB", "rotel MB"),
)
_SUBJECTS: Final = ("penstock", "rotel")
_LEFT: Final = (0, 2)
_MB: Final = 1_000_000
_NONE: Final = "-"
_NOTES: Final = (
    "CPU: seconds of the server's process tree per million spans; us/request: the same per request.",
    "ratio: penstock / rotel within a round; at most: its target. All figures are medians of the rounds.",
    "MB: most memory resident; one figure for all rows is the highest of them. idle: before the load.",
    "workers: processes of a dataflow engine beside its own; 0 is the collector.",
    "five in a row: a receiver, three processors and an exporter, as a pipeline of each.",
    "`*` rotel's receivers have no TLS: its figure is one without.",
)
_IDLE_MB: Final = 40
_LOADED_MB: Final = 80


def render(report: Report) -> str:
    """The tables, and below them what they were measured with."""
    rows = [row for row in map(report.row, TARGETS) if row is not None]
    costs = [line for line in _cost_lines(report) if line is not None]
    parts: list[Iterable[str]] = []
    if rows:
        parts += [grid([_HEAD, *(tuple(_cells(row)) for row in rows)]), grid(_memory_lines(rows), (0,))]
    if costs:
        parts.append(grid([_COST_HEAD, *costs], (0,)))
    invalid = (f"INVALID: {problem}" for row in report.rows for problem in row.problems())
    notes = (f"- {note}" for note in chain(_NOTES, invalid, _facts(report)))
    return "\n\n".join("\n".join(part) for part in [*parts, notes]) + "\n"


def _cells(row: Row) -> Iterator[str]:
    case = row.case
    unlike = "*" if case.load.secure and "rotel" in row.samples else ""
    yield f"{case.load.protocol}{', TLS' if case.load.secure else ''}"
    yield str(case.load.spans)
    yield f"{case.out}{_mark(row)}"
    yield _number(row.median("penstock", "cpu"))
    yield _number(row.median("rotel", "cpu")) + unlike
    yield _number(row.ratio("penstock", "rotel")) + unlike
    yield _number(case.target)
    for subject in _SUBJECTS:
        yield _megabytes(row.median(subject, "peak_memory"))


def _memory_lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    dropped = [row for row in rows if not row.case.out.delivers]
    sent = [row for row in rows if row.case.out.delivers]
    lines: list[tuple[str, ...]] = [_MEMORY_HEAD]
    for title, some, value, limit in (
        ("idle", rows, "idle_memory", _IDLE_MB),
        ("under load, dropped", dropped, "peak_memory", _LOADED_MB),
        ("under load, sent", sent, "peak_memory", _LOADED_MB),
    ):
        lines.append((title, *(_highest(some, subject, value) for subject in _SUBJECTS), str(limit)))
    return lines


def _highest(rows: Sequence[Row], subject: str, value: str) -> str:
    found = [row.median(subject, value) for row in rows]
    return _megabytes(max((one for one in found if one is not None), default=None))


def _cost_lines(report: Report) -> Iterator[tuple[str, ...] | None]:
    for case in SIZES:
        yield _cost(report, case, "spans in a request (grpc)", case.load.spans)
    for case in CONNECTIONS:
        yield _cost(report, case, "connections (http, 100 spans)", case.shape.connections)
    for case in WORKERS:
        yield _cost(report, case, "workers (grpc, 100 spans, batch, gzip)", case.workers)
    for case, place in zip(FIVE, ("collector", "engine", "2 workers"), strict=True):
        yield _cost(report, case, "five in a row (grpc, 100 spans, dropped)", place)


def _cost(report: Report, case: Case, title: str, to: int | str) -> tuple[str, ...] | None:
    row = report.row(measured(case))
    if row is None:
        return None
    cpu = row.median("penstock", "cpu")
    return (
        f"{title}{_mark(row)}",
        str(to),
        _number(cpu),
        _number(None if cpu is None else cpu * case.load.spans),
        _number(row.median("rotel", "cpu")),
        _number(row.ratio("penstock", "rotel")),
        *(_megabytes(row.median(subject, "peak_memory")) for subject in _SUBJECTS),
    )


def _mark(row: Row) -> str:
    return " (INVALID)" if row.problems() else ""


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
