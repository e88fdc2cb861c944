import json

from benchmarks.cases import CONNECTIONS, FIVE, SIZES, TARGETS, WORKERS, every_case, measured
from benchmarks.measure import Sample
from benchmarks.results import Report, Row
from benchmarks.table import render

CASE = TARGETS[0]


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
    assert "| dropped |            1 |         - |     - |    0.15 |" in render(report(row))


def test_the_table_has_one_line_for_each_row():
    row = Row(CASE, {"penstock": [sample(2.5, 31)], "rotel": [sample(5.0, 46)]})

    head, rule, line = render(report(row)).splitlines()[:3]

    assert head == (
        "| in   | spans/request | out     | penstock CPU | rotel CPU | ratio | at most | penstock MB | rotel MB |"
    )
    assert rule == (
        "| ---- | ------------: | ------- | -----------: | --------: | ----: | ------: | ----------: | -------: |"
    )
    assert line == (
        "| grpc |           100 | dropped |          2.5 |         5 |   0.5 |    0.15 |          31 |       46 |"
    )


def test_memory_is_that_of_the_worst_row():
    memory = {TARGETS[0]: 50, TARGETS[4]: 90, TARGETS[5]: 70}
    rows = (Row(case, {"penstock": [sample(1.0, peak)]}) for case, peak in memory.items())

    text = render(report(*rows))

    assert "| idle                |          20 |        - |         40 |" in text
    assert "| under load, dropped |          50 |        - |         80 |" in text
    assert "| under load, sent    |          90 |        - |         80 |" in text


def test_the_second_table_tells_the_cost_of_a_request():
    row = Row(measured(SIZES[2]), {"penstock": [sample(2.5, 31)], "rotel": [sample(5.0, 46)]})
    many = Row(CONNECTIONS[3], {"penstock": [sample(2.0, 31)]})
    two = Row(WORKERS[2], {"penstock": [sample(3.0, 31)]})

    lines = render(report(row, many, two)).splitlines()[12:15]

    assert [line[:77] for line in lines] == [
        "| spans in a request (grpc)              |  100 |          2.5 |        250 |",
        "| connections (http, 100 spans)          | 1000 |            2 |        200 |",
        "| workers (grpc, 100 spans, batch, gzip) |    2 |            3 |        300 |",
    ]


def test_a_row_in_which_spans_were_lost_is_marked_and_explained():
    row = Row(CASE, {"penstock": [sample(1.0), sample(1.0, problem="9 of 10 spans delivered")]})

    text = render(report(row))

    assert "| dropped (INVALID) |" in text
    assert "- INVALID: grpc, 100 spans -> dropped: penstock: 9 of 10 spans delivered\n" in text


def test_a_peer_that_cannot_speak_tls_is_marked():
    (secure,) = (case for case in TARGETS if case.load.secure)
    row = Row(secure, {"penstock": [sample(1.0)], "rotel": [sample(4.0)]})

    assert "|        4* | 0.25* |" in render(report(row))


def test_a_report_survives_its_file(tmp_path):
    both = {"penstock": (sample(1.0), sample(3.0)), "rotel": (sample(4.0), sample(4.0))}
    written = report(Row(CASE, both))

    written.write(tmp_path / "latest.json")

    assert Report.read(tmp_path / "latest.json") == written
    (row,) = json.loads((tmp_path / "latest.json").read_text())["rows"]
    assert row["servers"]["penstock"]["cpu_seconds_per_million_spans"] == 2.0
    assert row["cpu_ratio"] == 0.5
    assert row["valid"] is True


def test_every_target_is_measured_and_nothing_twice():
    cases = list(every_case())

    assert {case.target for case in TARGETS} == {0.15, 0.2, 0.25, 0.35, 0.4, 0.5}
    assert len(cases) == len(set(map(str, cases))) == len(set(cases))
    assert [case.load.spans for case in SIZES] == [1, 10, 100, 1000, 10000]
    assert [case.shape.connections for case in CONNECTIONS] == [1, 10, 100, 1000]
    assert [case.workers for case in WORKERS] == [0, 1, 2]
    assert measured(WORKERS[0]) in TARGETS
    assert [(case.workers, case.engine) for case in FIVE] == [(0, False), (0, True), (2, False)]
