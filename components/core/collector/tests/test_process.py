"""A collector as a process: signals and exit codes."""

import signal
import subprocess
import sys

import pytest

from penstock_testkit.process import CollectorProcess

COLLECTOR = (sys.executable, "-m", "penstock_collector")
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
