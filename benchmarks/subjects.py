"""The servers that are compared, and how each is told to do the same."""

import importlib.util
import json
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.cases import Case, Out, Protocol

__all__ = ("PENSTOCK", "Launch", "Ports", "Subject", "rotel")

Ports = Mapping[Protocol, int]
"""Where a server listens, or where the backend does."""

_HOST: Final = "127.0.0.1"
_BATCH: Final = {"send_batch_size": 8192, "timeout": "200ms"}


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a server, and where it then listens."""

    command: tuple[str, ...]
    ports: Ports

    def address(self, protocol: Protocol) -> str:
        """`host:port` of `protocol`."""
        return f"{_HOST}:{self.ports[protocol]}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A server under measurement."""

    name: str
    launch: Callable[[Case, Ports, Path], Launch]
    """Plans a run of a case, given the backend's ports and an empty folder."""


def _penstock(case: Case, backend: Ports, folder: Path) -> Launch:
    ports = _free_ports()
    file = folder / "collector.yaml"
    file.write_text(json.dumps(_collector_config(case.out, ports, backend)))  # JSON is YAML
    return Launch((sys.executable, "-m", "penstock_collector", f"--config={file}"), ports)


def _collector_config(out: Out, ports: Ports, backend: Ports) -> dict[str, object]:
    protocols = {protocol.value: {"endpoint": f"{_HOST}:{port}"} for protocol, port in ports.items()}
    exporter, settings = _exporter(out, backend)
    processors = {} if out is Out.NOP else {"batch": _BATCH}
    pipeline = {"receivers": ["otlp"], "processors": [*processors], "exporters": [exporter]}
    own_metrics = {"pull": {"exporter": {"prometheus": {"host": _HOST, "port": 0}}}}
    return {
        "receivers": {"otlp": {"protocols": protocols}},
        "processors": processors,
        "exporters": {exporter: settings},
        "service": {
            "telemetry": {"metrics": {"readers": [own_metrics]}},
            "pipelines": {"traces": pipeline},
        },
    }


def _exporter(out: Out, backend: Ports) -> tuple[str, dict[str, object]]:
    grpc = {"endpoint": f"{_HOST}:{backend[Protocol.GRPC]}", "tls": {"insecure": True}}
    http = {"endpoint": f"http://{_HOST}:{backend[Protocol.HTTP]}"}
    match out:
        case Out.NOP:
            return "nop", {}
        case Out.GRPC:
            return "otlp_grpc", {**grpc, "compression": "none"}
        case Out.GRPC_GZIP:
            return "otlp_grpc", {**grpc, "compression": "gzip"}
        case Out.HTTP_GZIP:
            return "otlp_http", {**http, "compression": "gzip"}


PENSTOCK: Final = Subject("penstock", _penstock)


def rotel() -> Subject | None:
    """The collector of the `rotel` wheel; None where that is not installed."""
    found = importlib.util.find_spec("rotel")
    if found is None or found.origin is None:
        return None
    binary = Path(found.origin).with_name("rotel-agent")

    def launch(case: Case, backend: Ports, folder: Path) -> Launch:
        ports = _free_ports()
        command = (
            *(str(binary), "start"),
            *(f"--otlp-{protocol}-endpoint={_HOST}:{port}" for protocol, port in ports.items()),
            *(f"--pid-file={folder / 'pid'}", f"--log-file={folder / 'log'}"),
            *_rotel_exporter(case.out, backend),
        )
        return Launch(command, ports)

    return Subject("rotel", launch)


def _rotel_exporter(out: Out, backend: Ports) -> tuple[str, ...]:
    """Its batches are of 8192 spans and 200 ms by default, and gzip is on whatever one says."""
    if out is Out.NOP:
        return ("--exporter=blackhole",)
    protocol = Protocol.HTTP if out is Out.HTTP_GZIP else Protocol.GRPC
    return (
        "--exporter=otlp",
        f"--otlp-exporter-protocol={protocol}",
        f"--otlp-exporter-endpoint=http://{_HOST}:{backend[protocol]}",
    )


def _free_ports() -> Ports:
    """A free port for each protocol; free a moment ago, that is."""
    sockets = {protocol: socket.create_server((_HOST, 0)) for protocol in Protocol}
    ports = {protocol: one.getsockname()[1] for protocol, one in sockets.items()}
    for one in sockets.values():
        one.close()
    return ports
