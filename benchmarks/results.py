"""What came out: medians over rounds, ratios within a round, and the file that keeps them."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self  # Any: what a JSON file holds

from benchmarks.cases import Case, Load, Out, Protocol, Shape
from benchmarks.measure import Sample

__all__ = ("Report", "Row")


@dataclass(frozen=True, slots=True)
class Row:
    """The samples of one case, by server, one for each round."""

    case: Case
    samples: Mapping[str, Sequence[Sample]]

    def median(self, subject: str, value: str) -> float | None:
        """The median over rounds of the field `value` of a `Sample`; None without samples."""
        samples = self.samples.get(subject, ())
        return median(getattr(sample, value) for sample in samples) if samples else None

    def ratio(self, one: str, other: str) -> float | None:
        """How much CPU `one` needs for what `other` needs 1: the median of the ratios of the rounds."""
        pairs = tuple(zip(self.samples.get(one, ()), self.samples.get(other, ()), strict=False))
        return median(a.cpu / b.cpu for a, b in pairs) if pairs else None

    def problems(self) -> tuple[str, ...]:
        """Why the row does not count; nothing when it does."""
        return tuple(
            f"{self.case}: {subject}: {sample.problem}"
            for subject, samples in self.samples.items()
            for sample in samples
            if sample.problem
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One whole run."""

    date: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    method: Mapping[str, object]
    rows: Sequence[Row] = field(default_factory=tuple)

    def row(self, case: Case) -> Row | None:
        """The row of `case`, if it was measured."""
        return next((row for row in self.rows if row.case == case), None)

    def write(self, file: Path) -> None:
        """Keep it in `file`."""
        file.write_text(json.dumps(self._as_json(), indent=2) + "\n")

    @classmethod
    def read(cls, file: Path) -> Self:
        """What `write` kept."""
        kept = json.loads(file.read_text())
        rows = tuple(map(_read_row, kept.pop("rows")))
        return cls(**kept, rows=rows)

    def _as_json(self) -> dict[str, object]:
        kept: dict[str, object] = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        return kept | {"rows": [_row_as_json(row) for row in self.rows]}


def _row_as_json(row: Row) -> dict[str, object]:
    case, load = row.case, row.case.load
    return {
        "protocol": load.protocol,
        "spans_per_request": load.spans,
        "tls": load.secure,
        "out": case.out,
        "connections": case.shape.connections,
        "in_flight": case.shape.in_flight,
        "requests": case.requests,
        "target": case.target,
        "workers": case.workers,
        "engine": case.engine,
        "valid": not row.problems(),
        "cpu_ratio": row.ratio("penstock", "rotel"),
        "servers": {
            subject: {
                "cpu_seconds_per_million_spans": row.median(subject, "cpu"),
                "peak_memory_bytes": row.median(subject, "peak_memory"),
                "samples": [dataclasses.asdict(sample) for sample in samples],
            }
            for subject, samples in row.samples.items()
        },
    }


def _read_row(kept: Mapping[str, Any]) -> Row:  # Any: what a JSON file holds
    case = Case(
        load=Load(Protocol(kept["protocol"]), kept["spans_per_request"], kept["tls"]),
        out=Out(kept["out"]),
        shape=Shape(kept["connections"], kept["in_flight"]),
        requests=kept["requests"],
        target=kept["target"],
        workers=kept["workers"],
        engine=kept.get("engine", False),
    )
    servers = kept["servers"].items()
    return Row(case, {name: tuple(Sample(**one) for one in server["samples"]) for name, server in servers})
