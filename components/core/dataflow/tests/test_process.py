import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

READY = "Everything is ready. Begin running and processing data."


@contextmanager
def program(behaviour):
    started = [sys.executable, str(Path(__file__).with_name("program.py")), behaviour]
    with subprocess.Popen(started, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def logged(process, event):
    """The level and the fields of the next log line of `event`."""
    for line in process.stderr:
        _, level, found, *fields = line.rstrip("\n").split("\t")
        if found == event:
            return level, json.loads("".join(fields) or "{}")
    raise AssertionError(f"the process ended without saying: {event}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_c_34_a_signal_ends_it_cleanly(number):
    with program("good") as process:
        assert logged(process, READY) == ("info", {})
        process.send_signal(number)
        logged(process, "Shutdown complete.")
        assert process.wait(30) == 0


def test_a_signal_ends_a_start_that_takes_too_long():
    with program("slow") as process:
        logged(process, "waiting for ever")
        process.send_signal(signal.SIGTERM)
        logged(process, "Shutdown complete.")
        assert process.wait(30) == 0


def test_a_second_signal_ends_it_at_once():
    with program("stick") as process:
        logged(process, READY)
        process.send_signal(signal.SIGTERM)
        logged(process, "Starting shutdown...")
        process.send_signal(signal.SIGTERM)
        assert logged(process, "second signal: exiting without waiting")[0] == "warn"
        assert process.wait(5) == 1


def test_a_node_that_cannot_start_ends_it_with_1():
    with program("refuse") as process:
        assert logged(process, "cannot start") == (
            "error",
            {"error": "failed to start node out (exporter:out): will not"},
        )
        logged(process, "Shutdown complete.")
        assert process.wait(30) == 1


def test_a_node_that_fails_for_good_ends_it_with_1():
    with program("fail") as process:
        assert logged(process, "task failed")[1]["dataflow.node"] == "out"
        assert logged(process, "stopping after a failure") == (
            "error",
            {"error": "pipeline g/p failed: node out (exporter:out) failed: OSError: lost it"},
        )
        assert process.wait(30) == 1


def test_a_node_that_does_not_stop_well_makes_it_end_with_1():
    with program("break") as process:
        logged(process, READY)
        process.send_signal(signal.SIGTERM)
        assert logged(process, "shutdown problem") == (
            "error",
            {"error": "failed to shut down node out (exporter:out): broke"},
        )
        assert process.wait(30) == 1
