"""OTLP in, files out, through a real collector process."""

import json
import socket
from pathlib import Path

import grpc
import pytest

from penstock_api import Signal, Traces
from penstock_testkit import make, names_of
from penstock_testkit.process import CollectorProcess

from .collectors import config, ports
from .otlp import SERVICES, call, channel, post, six_ways


@pytest.mark.parametrize("signal", list(Signal))
def test_c_50_the_same_payload_by_six_ways_gives_the_same_file_output(pencol, tmp_path, signal):
    output = tmp_path / "out.jsonl"
    path = config(tmp_path, {"file": {"path": str(output)}})

    with CollectorProcess([pencol, "--config", path]) as collector:
        accepted = dict(six_ways(*ports(collector.ready()), make(signal, 7)))
        assert collector.stop() == 0

    assert accepted == dict.fromkeys(accepted, True)
    lines = output.read_text().splitlines()
    assert len(lines) == 6
    assert {json.dumps(json.loads(line), sort_keys=True) for line in lines} == {
        json.dumps(json.loads(make(signal, 7).to_json()), sort_keys=True)
    }


def test_a_broken_body_is_the_senders_fault_and_nothing_is_forwarded(pencol, tmp_path):
    output = tmp_path / "out.jsonl"
    path = config(tmp_path, {"file": {"path": str(output)}})

    with CollectorProcess([pencol, "--config", path]) as collector:
        grpc_port, http_port = ports(collector.ready())
        assert call(grpc_port, Signal.TRACES, b"\x0a\xff\xff") is grpc.StatusCode.INVALID_ARGUMENT
        assert post(http_port, "/v1/traces", b"\x0a\xff\xff") == 400
        assert post(http_port, "/v1/traces", b"{", "application/json") == 400
        assert post(http_port, "/v1/traces", make(Signal.TRACES, 1).to_bytes()) == 200
        assert collector.stop() == 0

    assert len(output.read_text().splitlines()) == 1


def test_an_oversized_body_is_refused_without_being_held(pencol, tmp_path):
    path = config(tmp_path, {"nop": None})
    bomb = b"\0" * 200_000_000

    with CollectorProcess([pencol, "--config", path]) as collector:
        grpc_port, http_port = ports(collector.ready())
        before = _peak(collector.pid)
        assert post(http_port, "/v1/traces", bomb, packed=True) == 400
        assert call(grpc_port, Signal.TRACES, b"\0" * 5_000_000) is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert _peak(collector.pid) - before < 60_000_000
        assert collector.stop() == 0


@pytest.fixture
def port():
    """Of a backend that comes up late; no other process is given it meanwhile."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_c_59_a_backend_that_comes_up_late_gets_everything_once(pencol, port, tmp_path):
    output = tmp_path / "out.jsonl"
    (tmp_path / "back").mkdir()
    backend = config(tmp_path / "back", {"file": {"path": str(output)}, "debug": None})
    retry = {"initial_interval": "50ms", "max_interval": "200ms"}
    path = config(
        tmp_path,
        {
            "otlp_grpc": {
                "endpoint": f"127.0.0.1:{port}",
                "tls": {"insecure": True},
                "retry_on_failure": retry,
            }
        },
    )

    with CollectorProcess([pencol, "--config", path]) as collector:
        _, http_port = ports(collector.ready())
        assert post(http_port, "/v1/traces", make(Signal.TRACES, 5).to_bytes()) == 200
        collector.logged("Exporting failed. Will retry the request after interval.")
        again = [
            pencol,
            "--config",
            backend,
            "--set",
            f"receivers.otlp.protocols.grpc.endpoint=127.0.0.1:{port}",
        ]
        with CollectorProcess(again) as late:
            late.logged("Traces", spans=5)
            assert collector.stop() == 0
            assert late.stop() == 0

    assert len(output.read_text().splitlines()) == 1


def test_c_34_sigterm_under_load_loses_nothing_that_was_acknowledged(pencol, tmp_path):
    """200 000 spans are on their way; the stop comes after a part of them."""
    output = tmp_path / "out.bin"
    exporters = {"file": {"path": str(output), "format": "proto"}}
    path = config(
        tmp_path, exporters, {"memory_limiter": {"check_interval": "1s", "limit_mib": 4000}, "batch": None}
    )
    acknowledged: set[int] = set()

    with CollectorProcess([pencol, "--config", path]) as collector:
        grpc_port, _ = ports(collector.ready())
        with channel(grpc_port) as opened:
            export = opened.unary_unary(SERVICES[Signal.TRACES])
            calls = []
            for number in range(2000):
                batch = make(Signal.TRACES, 100, first=number * 100)
                calls.append((number, export.future(batch.to_bytes(), timeout=60)))
                if number == 1200:
                    calls[600][1].result()
                    collector.send(15)
            for number, one in calls:
                if one.exception() is None:
                    acknowledged.update(range(number * 100, number * 100 + 100))
        assert collector.wait() == 0

    written = _span_numbers(output)
    assert len(acknowledged) >= 60_000
    assert acknowledged <= written


def _peak(pid: int) -> int:
    """Bytes that the process has held at most."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _span_numbers(path) -> set[int]:
    """The numbers of all spans in a file of length-prefixed requests."""
    data, at, found = path.read_bytes(), 0, set()
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        found.update(
            int(name.rsplit("-", 1)[1]) for name in names_of(Traces.from_wire(data[at + 4 : at + 4 + size]))
        )
        at += 4 + size
    return found
