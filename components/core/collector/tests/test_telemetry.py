"""The collector's own metrics and logs."""

import json
import logging

import pytest

from penstock_api import StartError
from penstock_collector.config.telemetry import LogsTelemetry
from penstock_collector.telemetry.logs import configure_logs
from penstock_collector.telemetry.meter import Registry
from penstock_collector.telemetry.process import observe_process
from penstock_collector.telemetry.prometheus import metrics_page
from penstock_engine import FieldLog


@pytest.fixture(autouse=True)
def _loggers_as_before():
    """`configure_logs` is for a whole process: what it changes is put back."""
    root, ours = logging.getLogger(), logging.getLogger("penstock")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def test_the_same_name_and_attributes_give_the_same_counter():
    registry = Registry()

    registry.counter("sent", exporter="a").add(2)
    registry.counter("sent", exporter="a").add(3)

    assert registry.snapshot() == {'sent{exporter="a"}': 5}


def test_a_gauge_is_read_when_it_is_wanted():
    registry, depth = Registry(), [1]
    registry.gauge("queue", lambda: depth[0])

    depth[0] = 7

    assert registry.snapshot() == {"queue": 7}


def test_a_page_names_each_type_once_and_escapes_labels():
    registry = Registry()
    registry.counter("sent", exporter='a"b\\c\n').add(1)
    registry.counter("sent", exporter="z").add(2.5)

    page = metrics_page(registry, {"service.name": "pencol"}, type_suffix=True)

    assert page == (
        "# TYPE target_info gauge\n"
        'target_info{service_name="pencol"} 1\n'
        "# TYPE sent_total counter\n"
        'sent_total{exporter="a\\"b\\\\c\\n"} 1\n'
        'sent_total{exporter="z"} 2.5\n'
    )


def test_a_histogram_shows_cumulative_buckets_sum_and_count():
    registry = Registry()
    histogram = registry.histogram("size", bounds=(10, 100))
    for value in (5, 10, 50, 500):
        histogram.record(value)

    page = metrics_page(registry, {}, type_suffix=False)

    assert page.splitlines()[2:] == [
        "# TYPE size histogram",
        'size_bucket{le="10"} 2',
        'size_bucket{le="100"} 3',
        'size_bucket{le="+Inf"} 4',
        "size_sum 565",
        "size_count 4",
    ]


def test_the_process_shows_what_it_costs():
    registry = Registry()
    observe_process(registry)

    values = registry.snapshot()

    assert values["otelcol_process_memory_rss"] > 1_000_000
    assert values["otelcol_process_cpu_seconds"] > 0
    assert values["otelcol_process_uptime"] >= 0


def test_a_console_line_holds_level_event_and_fields(tmp_path):
    log = _log(tmp_path, encoding="console")

    log.warning("queue full", extra={"dropped": 3, "path": "x"})

    line = (tmp_path / "log").read_text()
    assert line.endswith('\twarn\tqueue full\t{"a": "b", "dropped": 3, "path": "x"}\n')


def test_a_json_line_is_one_object(tmp_path):
    log = _log(tmp_path, encoding="json", initial_fields={"region": "eu"})

    log.info("ready", extra={"port": 4317})

    read = json.loads((tmp_path / "log").read_text())
    assert {key: read[key] for key in ("level", "msg", "region", "port")} == {
        "level": "info", "msg": "ready", "region": "eu", "port": 4317,
    }  # fmt: skip


def test_what_is_below_the_level_is_not_written(tmp_path):
    log = _log(tmp_path, level="error")

    log.info("chatter")

    assert (tmp_path / "log").read_text() == ""


def _log(tmp_path, **config):
    settings = LogsTelemetry(output_paths=(str(tmp_path / "log"),), **config)
    return FieldLog(configure_logs(settings), {"a": "b"})


def test_a_gauge_that_cannot_be_read_costs_no_other():
    registry = Registry()
    registry.gauge("broken", lambda: 1 / 0)
    registry.gauge("endless", lambda: float("inf"))
    registry.gauge("whole", lambda: 3)

    page = metrics_page(registry, {}, type_suffix=True)

    assert [line for line in page.splitlines()[2:] if line[0] != "#"] == [
        "broken NaN",
        "endless +Inf",
        "whole 3",
    ]


def test_attributes_that_prometheus_cannot_name_are_renamed():
    resource = {"k8s-pod/uid": "1", "9lives": "2", "a.b": "3", "a-b": "4", "": "5"}

    page = metrics_page(Registry(), resource, type_suffix=True)

    assert page.splitlines()[1] == 'target_info{k8s_pod_uid="1",_9lives="2",a_b="3;4",_="5"} 1'


def test_a_log_file_that_cannot_be_opened_leaves_the_log_as_it_was(tmp_path):
    kept = tmp_path / "kept.log"
    configure_logs(LogsTelemetry(output_paths=(str(kept),)))
    bad = LogsTelemetry(output_paths=(str(tmp_path / "new.log"), str(tmp_path / "missing/x.log")))

    with pytest.raises(StartError, match=r"^cannot open `output_paths` of the log: .*x.log: No such file"):
        configure_logs(bad)

    logging.getLogger("penstock").warning("still here")
    assert "still here" in kept.read_text()


def test_a_level_above_warnings_holds_for_libraries_too(tmp_path):
    path = tmp_path / "a.log"
    configure_logs(LogsTelemetry(output_paths=(str(path),), level="error"))
    logging.getLogger("uvicorn").warning("chatter")
    logging.getLogger("uvicorn").error("trouble")
    assert [line.split("\t")[2] for line in path.read_text().splitlines()] == ["trouble"]
