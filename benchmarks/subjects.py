"""The servers that are compared, and how each is told to do the same."""

import importlib.util
import itertools
import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.cases import Case, Out, Protocol
from benchmarks.papers import Papers

__all__ = ("PENSTOCK", "Launch", "Ports", "Subject", "rotel")

Ports = Mapping[Protocol, int]
"""Where a server listens, or where the backend does."""

_ROOT: Final = Path(__file__).parents[1]
_HOST: Final = "127.0.0.1"
_BATCH: Final = {"send_batch_size": 8192, "timeout": "200ms"}
_ROOMY: Final = {"check_interval": "1s", "limit_mib": 4_000}
_LARGEST_MIB: Final = 16


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a server, and where it then listens."""

    command: tuple[str, ...]
    ports: Ports
    path: str = ""
    """What Python is to find modules in."""
    metrics_port: int = 0
    """Where it tells what it has accepted; 0 for nowhere."""
    papers: Papers | None = None
    """What it speaks TLS with, if it does."""
    servers: int = 1
    """How many processes listen on each port."""

    def address(self, protocol: Protocol) -> str:
        """`host:port` of `protocol`."""
        return f"{_HOST}:{self.ports[protocol]}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A server under measurement."""

    name: str
    launch: Callable[[Case, Ports, Path], Launch]
    """Plans a run of a case, given the backend's ports and an empty folder."""
    keeps_bytes: bool = False
    """Whether what it delivers is, uncompressed, as long as what it was sent."""


def _penstock(case: Case, backend: Ports, folder: Path) -> Launch:
    *ports, metrics = _free_ports(len(Protocol) + 1)
    listening = dict(zip(Protocol, ports, strict=True))
    papers = Papers.issue(folder) if case.load.secure else None
    path = os.pathsep.join(map(str, (_ROOT / "distributions" / "pencol" / "src", _ROOT)))
    file = folder / "collector.yaml"
    if case.workers or case.engine:
        file.write_text(json.dumps(_engine_config(case, listening, backend)))  # JSON is YAML
        command = (sys.executable, "-m", "pencol", "engine", "run", f"--config={file}")
        return Launch(command, listening, path, servers=case.workers or 1)
    config = _collector_config(case.out, listening, backend, metrics, papers)
    file.write_text(json.dumps(config))
    module = "benchmarks.collector" if case.out is Out.DECODED else "pencol"
    return Launch((sys.executable, "-m", module, f"--config={file}"), listening, path, metrics, papers)


def _engine_config(case: Case, ports: Ports, backend: Ports) -> dict[str, object]:
    """The same pipeline for a dataflow engine."""
    protocols = {protocol.value: {"endpoint": f"{_HOST}:{port}"} for protocol, port in ports.items()}
    exporter, settings = _exporter(case.out, backend)
    steps = {name.replace("/", "_"): config for name, config in _processors(case.out).items()}
    nodes: dict[str, object] = {"in": {"type": "receiver:otlp", "config": {"protocols": protocols}}}
    nodes |= {
        name: {"type": f"processor:{name.removesuffix('_behind')}", "config": one}
        for name, one in steps.items()
    }
    nodes["out"] = {"type": f"exporter:{exporter}", "config": settings}
    backing = "process" if case.workers else "inline"
    pipeline = {
        "workers": {"count": case.workers or 1, "backend": backing},
        "nodes": nodes,
        "connections": [{"from": one, "to": other} for one, other in itertools.pairwise(nodes)],
    }
    return {"version": "otel_dataflow/v1", "groups": {"bench": {"pipelines": {"traces": pipeline}}}}


def _collector_config(
    out: Out, ports: Ports, backend: Ports, metrics_port: int, papers: Papers | None
) -> dict[str, object]:
    protocols: dict[str, dict[str, object]] = {
        protocol.value: {"endpoint": f"{_HOST}:{port}"} for protocol, port in ports.items()
    }
    protocols[Protocol.GRPC]["max_recv_msg_size_mib"] = _LARGEST_MIB
    if papers is not None:
        tls = {"cert_file": str(papers.certificate), "key_file": str(papers.key)}
        protocols = {name: section | {"tls": tls} for name, section in protocols.items()}
    exporter, settings = _exporter(out, backend)
    processors = _processors(out)
    pipeline = {"receivers": ["otlp"], "processors": [*processors], "exporters": [exporter]}
    own_metrics = {"pull": {"exporter": {"prometheus": {"host": _HOST, "port": metrics_port}}}}
    return {
        "receivers": {"otlp": {"protocols": protocols}},
        "processors": processors,
        "exporters": {exporter: settings},
        "service": {
            "telemetry": {"metrics": {"readers": [own_metrics]}},
            "pipelines": {"traces": pipeline},
        },
    }


def _processors(out: Out) -> dict[str, object]:
    if out is Out.DECODED:
        return {"decode": None}
    if out is Out.STEPS:
        return {"memory_limiter": _ROOMY, "batch": _BATCH, "memory_limiter/behind": _ROOMY}
    return {"batch": _BATCH} if out.batches else {}


def _exporter(out: Out, backend: Ports) -> tuple[str, dict[str, object]]:
    if not out.delivers:
        return "nop", {}
    common = {"sending_queue": {"block_on_overflow": True}}  # the peer makes its senders wait too
    if out is Out.BATCH_HTTP:
        return "otlp_http", {"endpoint": f"http://{_HOST}:{backend[Protocol.HTTP]}", **common}
    endpoint = f"{_HOST}:{backend[Protocol.GRPC]}"
    return "otlp_grpc", {"endpoint": endpoint, "tls": {"insecure": True}, **common}


PENSTOCK: Final = Subject("penstock", _penstock, keeps_bytes=True)


def rotel() -> Subject | None:
    """The collector of the `rotel` wheel; None where that is not installed."""
    found = importlib.util.find_spec("rotel")
    if found is None or found.origin is None:
        return None
    binary = Path(found.origin).with_name("rotel-agent")

    def launch(case: Case, backend: Ports, folder: Path) -> Launch:
        ports = dict(zip(Protocol, _free_ports(len(Protocol)), strict=True))
        command = (
            *(str(binary), "start"),
            *(f"--otlp-{protocol}-endpoint={_HOST}:{port}" for protocol, port in ports.items()),
            *(f"--pid-file={folder / 'pid'}", f"--log-file={folder / 'log'}"),
            f"--otlp-grpc-max-recv-msg-size-mib={_LARGEST_MIB}",
            *_rotel_exporter(case.out, backend),
        )
        return Launch(command, ports)

    return Subject("rotel", launch)


def _rotel_exporter(out: Out, backend: Ports) -> tuple[str, ...]:
    """Its batches are of 8192 spans and 200 ms by default, and gzip is on whatever one says."""
    if not out.delivers:
        return ("--exporter=blackhole",)
    protocol = Protocol.HTTP if out is Out.BATCH_HTTP else Protocol.GRPC
    return (
        "--exporter=otlp",
        f"--otlp-exporter-protocol={protocol}",
        f"--otlp-exporter-endpoint=http://{_HOST}:{backend[protocol]}",
        *(() if out.batches else ("--disable-batching",)),
    )


def _free_ports(many: int) -> tuple[int, ...]:
    """Free ports; free a moment ago, that is."""
    sockets = [socket.create_server((_HOST, 0)) for _ in range(many)]
    ports = tuple(one.getsockname()[1] for one in sockets)
    for one in sockets:
        one.close()
    return ports
