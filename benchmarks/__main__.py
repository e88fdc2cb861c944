"""Measures the collector beside its peer, prints the table and keeps it."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.cases import Case, every_case
from benchmarks.document import with_table
from benchmarks.machine import load_average, machine, versions
from benchmarks.measure import Effort, Sample, measure
from benchmarks.processes import BenchmarkError, backend
from benchmarks.results import Report, Row
from benchmarks.subjects import PENSTOCK, Subject, rotel
from benchmarks.table import render

__all__ = ("main",)

_LATEST: Final = Path(__file__).with_name("results") / "latest.json"
_PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> int:
    """Run what the arguments say; 1 when a process failed."""
    options = _options()
    if options.show:
        print(render(Report.read(options.output or _LATEST)), end="")
        return 0
    cases = [case for case in every_case() if re.search(options.only, str(case))]
    effort = replace(Effort(), requests=options.requests, single_requests=options.single_requests)
    try:
        report = _run(cases, options.rounds, effort)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    print(render(report), end="")
    if options.output is not None:
        report.write(options.output)
    elif not options.only:
        report.write(_LATEST)
        _PAGE.write_text(with_table(_PAGE.read_text(), render(report)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add, default = parser.add_argument, Effort()
    add("--rounds", type=int, default=3, help="how often each case is measured (%(default)s)")
    add("--requests", type=int, default=default.requests, help="requests of 100 spans (%(default)s)")
    add(
        "--single-requests",
        type=int,
        default=default.single_requests,
        help="requests of 1 span (%(default)s)",
    )
    add("--only", default="", help="measure only the cases that this expression finds")
    add("--output", type=Path, help="where to keep the result; without it, a whole run is the latest.json")
    add("--show", action="store_true", help="only print the result that was kept")
    return parser.parse_args()


def _run(cases: Sequence[Case], rounds: int, effort: Effort) -> Report:
    """Every case, `rounds` times, each server right after the other and in turns the first."""
    peer = rotel()
    subjects = [PENSTOCK] if peer is None else [PENSTOCK, peer]
    samples: dict[tuple[Case, str], list[Sample]] = {}
    before = load_average()
    with backend() as sink:
        for number in range(rounds):
            for case in cases:
                for subject in subjects if number % 2 == 0 else reversed(subjects):
                    sample = measure(subject, case, effort, sink)
                    samples.setdefault((case, subject.name), []).append(sample)
                    _tell(number + 1, case, subject, sample)
    rows = tuple(Row(case, {one.name: samples[case, one.name] for one in subjects}) for case in cases)
    method = {
        "rounds": rounds,
        "requests of 100 spans": effort.requests,
        "requests of 1 span": effort.single_requests,
        "gRPC connections x in flight": f"{effort.grpc.connections} x {effort.grpc.in_flight}",
        "HTTP connections x in flight": f"{effort.http.connections} x {effort.http.in_flight}",
        "load average before": before,
    }
    date = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Report(date=date, machine=machine(), versions=versions(), method=method, rows=rows)


def _tell(number: int, case: Case, subject: Subject, sample: Sample) -> None:
    print(
        f"round {number}  {case!s:<40} {subject.name:<9} {sample.cpu:8.2f} CPU-s/Mspan "
        f"{sample.rate:10.0f} spans/s {sample.peak_memory / 1e6:6.0f} MB  {sample.problem}",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
