"""The dataflow engine over real sockets: inside a collector, by itself, and as its guide shows it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from penstock_api import Signal, batch_type
from penstock_collector.discovery import installed
from penstock_dataflow import validate
from penstock_testkit import make, names_of
from penstock_testkit.process import CollectorProcess
from penstock_testkit.projects import find_root

from .otlp import call, post, six_ways

ROOT = find_root(Path(__file__))
GUIDE = re.search(r"^```yaml\n(.*?)^```", (ROOT / "docs/dataflow.md").read_text(), re.DOTALL | re.MULTILINE)[
    1
]
COLLECTOR = """
import sys
from penstock_api import BuildInfo
from penstock_collector.cli import main
from penstock_collector.discovery import installed
from penstock_extension_engine import command
build = BuildInfo("collector", "every component", "0.0.0")
sys.exit(main(build, installed, {"engine": lambda: command(build, installed)}))
"""
FLOW = """\
version: otel_dataflow/v1
groups:
  edge:
    pipelines:
      ship:
        nodes:
          in:
            type: receiver:otlp
            config: {protocols: {grpc: {endpoint: "127.0.0.1:0"}, http: {endpoint: "127.0.0.1:0"}}}
          batch: {type: processor:batch, config: {timeout: 50ms}}
          all: {type: exporter:file, config: {path: "OUT/all.jsonl"}}
          left: {type: exporter:file, config: {path: "OUT/left.jsonl"}}
          right: {type: exporter:file, config: {path: "OUT/right.jsonl"}}
        connections:
          - {from: in, to: [batch, all], policies: {dispatch: broadcast}}
          - {from: batch, to: [left, right]}
"""


def written(*paths):
    """The names of all items in files of OTLP/JSON lines."""
    keys = {"resourceSpans": Signal.TRACES, "resourceMetrics": Signal.METRICS, "resourceLogs": Signal.LOGS}
    lines = [line for path in paths for line in path.read_bytes().splitlines()]
    kinds = [keys[next(iter(json.loads(line)))] for line in lines]
    batches = [batch_type(kind).from_json(line) for kind, line in zip(kinds, lines, strict=True)]
    return sorted(name for batch in batches for name in names_of(batch))


@contextmanager
def command(*words, **options):
    """A running `collector engine ...`; it is killed if the test leaves it."""
    started = [sys.executable, "-c", COLLECTOR, "engine", *map(str, words)]
    with subprocess.Popen(started, stderr=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def logged(process, event):
    """The fields of the next log line of `event`."""
    for line in process.stderr:
        parts = line.rstrip("\n").split("\t")
        if parts[2:3] == [event]:
            return json.loads((parts[3:4] or ["{}"])[0])
    raise AssertionError(f"the process ended without saying: {event}")


@pytest.fixture
def flow(tmp_path):
    path = tmp_path / "flow.yaml"
    path.write_text(FLOW.replace("OUT", str(tmp_path)))
    return path


@pytest.mark.parametrize("given", ["inline", "path"])
def test_an_engine_in_a_collector_delivers_what_its_own_ports_accept(tmp_path, flow, given):
    engine = {
        "config": {"path": str(flow)} if given == "path" else {"inline": yaml.safe_load(flow.read_text())}
    }
    whole = {
        "receivers": {"nop": {}},
        "exporters": {"nop": {}},
        "extensions": {"engine": engine},
        "service": {
            "extensions": ["engine"],
            "pipelines": {"traces": {"receivers": ["nop"], "exporters": ["nop"]}},
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(whole))
    with CollectorProcess(
        [sys.executable, "-m", "penstock_collector", "--config", tmp_path / "config.yaml"]
    ) as one:
        one.logged("dataflow engine is running")
        ports = [one.logged("listening", protocol=protocol)["port"] for protocol in ("grpc", "http")]
        assert one.logged("listening", protocol="grpc")["dataflow.node"] == "in"
        for kind in Signal:
            assert all(accepted for _, accepted in six_ways(*ports, make(kind, 3)))
        assert one.stop() == 0
    expected = sorted(name for kind in Signal for name in names_of(make(kind, 3)) * 6)
    assert written(tmp_path / "all.jsonl") == expected
    assert written(tmp_path / "left.jsonl", tmp_path / "right.jsonl") == expected


def test_an_engine_that_cannot_start_leaves_the_collector_running(tmp_path):
    whole = {
        "receivers": {"nop": {}},
        "exporters": {"nop": {}},
        "extensions": {"engine": {"config": {"path": str(tmp_path / "nope.yaml")}}},
        "service": {
            "extensions": ["engine"],
            "pipelines": {"traces": {"receivers": ["nop"], "exporters": ["nop"]}},
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(whole))
    with CollectorProcess(
        [sys.executable, "-m", "penstock_collector", "--config", tmp_path / "config.yaml"]
    ) as one:
        one.ready()
        failed = one.logged("dataflow engine failed, it is tried again")
        assert failed["error"] == f"{tmp_path}/nope.yaml: cannot read the file: No such file or directory"
        assert one.stop() == 0


def test_an_engine_by_itself_drains_at_sigterm(flow, tmp_path):
    with command("run", "-c", flow) as process:
        _, http_port = (logged(process, "listening")["port"] for _ in range(2))
        logged(process, "Everything is ready. Begin running and processing data.")
        for number in range(50):
            assert post(http_port, "/v1/logs", make(Signal.LOGS, 2, first=2 * number).to_bytes()) == 200
        process.send_signal(signal.SIGTERM)
        logged(process, "Shutdown complete.")
        assert process.wait(30) == 0
    expected = [f"log-{number}" for number in range(100)]
    assert written(tmp_path / "all.jsonl") == sorted(expected)
    assert Counter(written(tmp_path / "left.jsonl", tmp_path / "right.jsonl")) == Counter(expected)


def test_an_engine_by_itself_ends_with_1_when_a_port_is_taken(flow):
    with command("run", "-c", flow) as first:
        port = logged(first, "listening")["port"]
        taken = flow.with_name("taken.yaml")
        taken.write_text(flow.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        with command("run", "-c", taken) as second:
            assert "failed to start node in (receiver:otlp)" in logged(second, "cannot start")["error"]
            assert second.wait(30) == 1
        first.send_signal(signal.SIGINT)
        logged(first, "Shutdown complete.")
        assert first.wait(30) == 0


def test_the_example_of_the_guide_is_valid():
    pipelines = validate(GUIDE, installed(), environ={}).pipelines
    assert [(str(one), list(one.unconnected), one.capacity) for one in pipelines] == [
        ("edge/ship", [], 64),
        ("edge/take", [], 64),
    ]


def test_the_example_of_the_guide_runs(tmp_path):
    """Its archive gets what is sent even while both of its backends are away."""
    text = GUIDE.replace('4317"}', '0"}').replace('4318"}', '0"}').replace("example.com:0", "invalid:4317")
    path = tmp_path / "guide.yaml"
    path.write_text(text)
    environ = {**os.environ, "ARCHIVE": str(tmp_path / "archive.jsonl"), "OTLP_HOST": "localhost"}
    with command("run", "-c", path, env=environ) as process:
        grpc_port = logged(process, "listening")["port"]
        logged(process, "Everything is ready. Begin running and processing data.")
        call(grpc_port, Signal.TRACES, make(Signal.TRACES, 3).to_bytes())
        process.send_signal(signal.SIGTERM)
        logged(process, "Starting shutdown...")
        process.send_signal(signal.SIGTERM)  # nobody waits for backends that never come
        assert process.wait(30) in (0, 1)
    assert written(tmp_path / "archive.jsonl") == ["span-0", "span-1", "span-2"]


def test_the_built_distribution_carries_the_commands(pencol, flow):
    assert (
        subprocess.run([pencol, "engine", "validate", "-c", flow], check=True, capture_output=True).stdout
        == b""
    )
    listed = subprocess.run([pencol, "engine", "catalog"], check=True, capture_output=True, text=True).stdout
    every = {one["type"]: one for one in yaml.safe_load(listed)["nodes"]}
    assert every["receiver:otlp"]["description"].startswith("Receives OTLP ")
    version = (ROOT / "VERSION").read_text().strip()
    assert every["processor:batch"]["module"] == f"penstock-processor-batch {version}"
