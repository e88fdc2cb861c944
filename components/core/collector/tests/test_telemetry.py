"""The collector's own logs."""

import json
import logging

import pytest

from penstock_api import StartError
from penstock_collector.config.telemetry import LogsTelemetry
from penstock_collector.telemetry.logs import configure_logs
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
