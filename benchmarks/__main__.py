"""Measures the collector beside its peer, prints the tables and keeps them."""

import argparse
import re
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.cases import TARGETS, Case, every_case
from benchmarks.document import with_table
from benchmarks.machine import load_average, machine, versions
from benchmarks.measure import Sample, measure
from benchmarks.processes import BenchmarkError, backend
from benchmarks.results import Report, Row
from benchmarks.subjects import PENSTOCK, Subject, rotel
from benchmarks.table import render

__all__ = ("main",)

_LATEST: Final = Path(__file__).with_name("results") / "latest.json"
_PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
_ROUNDS: Final = 5
_MINUTES: Final = 7.8


def main() -> int:
    """Run what the arguments say; 1 when a process failed."""
    options = _options()
    if options.show:
        print(render(Report.read(options.output or _LATEST)), end="")
        return 0
    cases = [case for case in every_case() if re.search(options.rows, str(case))]
    if not cases:
        print(f"no row is called so: {options.rows!r}", file=sys.stderr)
        return 1
    try:
        report = _run(cases, options.rounds, options.minutes)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    print(render(report), end="")
    if options.output is not None:
        report.write(options.output)
    elif not options.rows:
        report.write(_LATEST)
        _PAGE.write_text(with_table(_PAGE.read_text(), render(report)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--rows", default="", help="measure only the rows whose names this expression finds")
    add("--rounds", type=int, default=_ROUNDS, help="how often each row is measured (%(default)s)")
    add("--minutes", type=float, default=_MINUTES, help="begin nothing that would end later (%(default)s)")
    add("--output", type=Path, help="where to keep the result; without it, a whole run is the latest.json")
    add("--show", action="store_true", help="only print the result that was kept")
    return parser.parse_args()


def _run(cases: Sequence[Case], rounds: int, minutes: float) -> Report:
    """Every case in turn, each server right after the other and in turns the first."""
    peer = rotel()
    subjects = [PENSTOCK] if peer is None else [PENSTOCK, peer]
    samples: dict[tuple[Case, str], list[Sample]] = {}
    spent: dict[Case, float] = {}
    before, begun, done = load_average(), time.monotonic(), 0
    with backend() as sink:
        for number, turn in enumerate(_turns(cases, rounds)):
            if number and time.monotonic() - begun + sum(spent[case] for case in turn) > minutes * 60:
                continue
            done += 1
            for case in turn:
                started = time.monotonic()
                for subject in subjects if number % 2 == 0 else reversed(subjects):
                    sample = measure(subject, case, sink)
                    samples.setdefault((case, subject.name), []).append(sample)
                    _tell(done, case, subject, sample)
                spent[case] = time.monotonic() - started
    rows = tuple(Row(case, {one.name: samples[case, one.name] for one in subjects}) for case in cases)
    counts = [len(samples[case, PENSTOCK.name]) for case in cases]
    method = {
        "rounds": f"{min(counts)} to {max(counts)}",
        "seconds": round(time.monotonic() - begun),
        "load average before": before,
    }
    date = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Report(date=date, machine=machine(), versions=versions(), method=method, rows=rows)


def _turns(cases: Sequence[Case], rounds: int) -> Iterator[Sequence[Case]]:
    """What is measured one after the other: all once, then the targets again, and at last the rest again."""
    targets = [case for case in cases if case in TARGETS]
    rest = [case for case in cases if case not in TARGETS]
    yield cases
    for some in (targets, rest):
        for _ in range(rounds - 1 if some else 0):
            yield some


def _tell(number: int, case: Case, subject: Subject, sample: Sample) -> None:
    print(
        f"round {number}  {case!s:<48} {subject.name:<9} {sample.cpu:8.2f} CPU-s/Mspan "
        f"{sample.rate:10.0f} spans/s {sample.peak_memory / 1e6:6.0f} MB  {sample.problem}",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
