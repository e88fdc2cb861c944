import json

import pytest

from benchmarks.cases import Case, Load, Out, Protocol, every_case
from benchmarks.measure import Sample
from benchmarks.results import Report, Row
from benchmarks.table import render

CASE = Case(Load(Protocol.GRPC, 100), Out.NOP)


def sample(cpu, memory=30, problem=""):
    return Sample(
        cpu=cpu,
        rate=1000.0,
        generator_cpu=0.5,
        idle_memory=20_000_000,
        peak_memory=memory * 1_000_000,
        problem=problem,
    )


def report(*rows):
    return Report(
        date="2026-01-01 00:00 UTC",
        machine={"cores": "2"},
        versions={"rotel": "1"},
        method={"rounds": 3},
        rows=rows,
    )


def test_a_row_shows_medians_and_not_means():
    row = Row(CASE, {"penstock": [sample(1.0), sample(9.0), sample(2.0)]})

    assert row.median("penstock", "cpu") == 2.0


def test_a_ratio_compares_within_a_round_so_that_a_slow_round_slows_both():
    row = Row(
        CASE,
        {
            "penstock": [sample(1.0), sample(10.0), sample(1.0)],
            "rotel": [sample(4.0), sample(40.0), sample(2.0)],
        },
    )

    assert row.ratio("penstock", "rotel") == 0.25


def test_without_a_peer_there_is_no_ratio():
    row = Row(CASE, {"penstock": [sample(1.0)]})

    assert row.ratio("penstock", "rotel") is None
    assert "| grpc |           100 | nop |            1 |         - |     - |" in render(report(row))


def test_the_table_has_one_line_for_each_row():
    row = Row(CASE, {"penstock": [sample(2.5, 31)], "rotel": [sample(5.0, 46)]})

    head, rule, line = render(report(row)).splitlines()[:3]

    assert head.startswith(
        "| in   | spans/request | out | penstock CPU | rotel CPU | ratio | penstock MB | rotel MB |"
    )
    assert rule.startswith(
        "| ---- | ------------: | --- | -----------: | --------: | ----: | ----------: | -------: |"
    )
    assert line.startswith(
        "| grpc |           100 | nop |          2.5 |         5 |   0.5 |          31 |       46 |"
    )
    assert len(head) == len(rule) == len(line)


def test_a_row_in_which_spans_were_lost_is_marked_and_explained():
    row = Row(CASE, {"penstock": [sample(1.0), sample(1.0, problem="9 of 10 spans delivered")]})

    text = render(report(row))

    assert "| nop (INVALID) |" in text
    assert "- INVALID: grpc, 100 spans -> nop: penstock: 9 of 10 spans delivered\n" in text


def test_the_peer_that_always_compresses_is_marked_where_penstock_does_not():
    both = {"penstock": [sample(1.0)], "rotel": [sample(4.0)]}
    plain = Row(Case(Load(Protocol.HTTP, 100), Out.GRPC), both)

    assert "|        4* | 0.25* |" in render(report(plain))


def test_a_report_survives_its_file(tmp_path):
    both = {"penstock": (sample(1.0), sample(3.0)), "rotel": (sample(4.0), sample(4.0))}
    written = report(Row(CASE, both))

    written.write(tmp_path / "latest.json")

    assert Report.read(tmp_path / "latest.json") == written
    (row,) = json.loads((tmp_path / "latest.json").read_text())["rows"]
    assert row["servers"]["penstock"]["cpu_seconds_per_million_spans"] == 2.0
    assert row["cpu_ratio"] == 0.5
    assert row["valid"] is True


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("spans", [1, 100])
def test_every_way_in_is_measured_with_every_way_out(protocol, spans):
    outs = [case.out for case in every_case() if case.load == Load(protocol, spans)]

    assert outs == list(Out)
