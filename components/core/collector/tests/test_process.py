"""A collector as a process: signals and exit codes."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from penstock_testkit.process import CollectorProcess

COLLECTOR = (sys.executable, "-m", "penstock_collector")
MOODY = (sys.executable, str(Path(__file__).with_name("moody.py")))
NOP = """\
receivers: {nop: }
exporters: {nop: }
service: {pipelines: {traces: {receivers: [nop], exporters: [nop]}}, telemetry: {metrics: {level: none}}}
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_c_34_a_signal_stops_cleanly_with_exit_0(tmp_path, number):
    (tmp_path / "c.yaml").write_text(NOP)
    with CollectorProcess([*COLLECTOR, "--config", str(tmp_path / "c.yaml")]) as process:
        process.ready().send(number)
        process.logged("Shutdown complete.")
        assert process.wait() == 0


def test_c_47_a_bad_file_at_reload_leaves_the_old_service_running(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(NOP)
    with CollectorProcess([*COLLECTOR, "--config", str(path)]) as process:
        process.ready()
        path.write_text(NOP.replace("nop: }", "nop: {x: 1}}"))
        process.send(signal.SIGHUP)
        process.logged("the new configuration is not used")
        assert process.stop() == 0


def test_a_bad_file_at_the_start_is_exit_2_without_a_traceback(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(NOP.replace("{nop: }", "{nop: {x: 1}}", 1))
    done = subprocess.run([*COLLECTOR, "--config", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: {path}:1: receivers::nop::x: unknown key\n  hint: this takes no keys\n"


CYCLE = NOP.replace("[nop]", "[nop, forward]") + "connectors: {forward: }\n"
NO_LOG = NOP.replace("metrics:", "logs: {output_paths: [/nowhere/x]}, metrics:")
NO_ENDPOINT = NOP.replace("nop: }", "otlp_http: }").replace("exporters: [nop]", "exporters: [otlp_http]")


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (CYCLE, "cycle detected"),
        (NO_LOG, "cannot open `output_paths` of the log: /nowhere/x: No such file or directory"),
        (NO_ENDPOINT.replace("receivers: {otlp_http", "receivers: {nop"), "endpoint must be specified"),
    ],
)
def test_c_47_what_only_building_shows_leaves_the_old_service_running_too(tmp_path, bad, problem):
    path = tmp_path / "c.yaml"
    path.write_text(NOP)
    with CollectorProcess([*COLLECTOR, "--config", str(path)]) as process:
        process.ready()
        path.write_text(bad)
        process.send(signal.SIGHUP)
        assert problem in process.logged("the new configuration is not used")["error"]
        assert process.stop() == 0


def test_c_47_what_cannot_start_brings_the_old_service_back(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(NOP)
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        CollectorProcess([*COLLECTOR, "--config", str(path)]) as process,
    ):
        process.ready()
        page = f"{{address: '127.0.0.1:{taken.getsockname()[1]}'}}"
        path.write_text(NOP.replace("{level: none}", page))
        process.send(signal.SIGHUP)
        assert "Address already in use" in process.logged("cannot start")["error"]
        process.logged("going back to the configuration before")
        path.write_text(NOP.replace("{level: none}", "{address: '127.0.0.1:0'}"))
        process.send(signal.SIGHUP)
        process.logged("listening", endpoint="127.0.0.1:0")
        assert process.stop() == 0


def test_a_log_that_cannot_be_opened_is_exit_1_without_a_traceback(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(NO_LOG)
    done = subprocess.run([*COLLECTOR, "--config", str(path)], capture_output=True, text=True, check=False)
    problem = "cannot open `output_paths` of the log: /nowhere/x: No such file or directory"
    assert (done.returncode, done.stderr) == (1, f"Error: {problem}\n")


def test_a_signal_ends_a_start_that_takes_too_long(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        NOP.replace("receivers: {nop", "receivers: {slow").replace("receivers: [nop]", "receivers: [slow]")
    )
    with CollectorProcess([*MOODY, "--config", str(path)]) as process:
        process.logged("waiting for ever")
        assert process.stop() == 0
        process.logged("stopped")


def test_c_47_when_the_old_service_cannot_come_back_it_is_exit_1(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        NOP.replace("receivers: {nop", "receivers: {once").replace("receivers: [nop]", "receivers: [once]")
    )
    with CollectorProcess([*MOODY, "--config", str(path)]) as process:
        process.ready()
        process.send(signal.SIGHUP)
        process.logged("going back to the configuration before")
        assert process.wait() == 1
        assert [one["error"] for one in process.records if one["msg"] == "cannot start"] == [
            'failed to start "once" receiver: not again'
        ] * 2


def test_c_47_a_defect_found_at_reload_leaves_the_old_service_running(tmp_path):
    path = tmp_path / "c.yaml"
    good = NOP.replace("receivers: {nop", "receivers: {once").replace("receivers: [nop]", "receivers: [once]")
    path.write_text(good)
    with CollectorProcess([*MOODY, "--config", str(path)]) as process:
        process.ready()
        path.write_text(good.replace("exporters: {nop: }", "exporters: {nop: '${odd:x}'}"))
        process.send(signal.SIGHUP)
        assert "KeyError: 'x'" in process.logged("the new configuration is not used")["error"]
        assert process.stop() == 0


def test_a_reload_that_is_asked_for_while_the_configuration_is_read_comes_after_the_start(tmp_path):
    path = tmp_path / "c.yaml"
    os.mkfifo(path)
    with CollectorProcess([*COLLECTOR, "--config", str(path)]) as process:
        with path.open("w") as first:  # opens when the collector does
            process.send(signal.SIGHUP)
            first.write(NOP)
        process.ready()
        path.write_text(NOP)
        process.logged("Reloading the configuration")
        process.logged("Shutdown complete.")
        assert process.stop() == 0
