"""Configurations of real collectors, and where they listen."""

from pathlib import Path
from typing import Any

import yaml

from penstock_testkit.process import CollectorProcess

RECEIVER = {"protocols": {"grpc": {"endpoint": "127.0.0.1:0"}, "http": {"endpoint": "127.0.0.1:0"}}}
SIGNALS = ("traces", "metrics", "logs")


def config(
    tmp_path: Path, exporters: dict[str, Any], processors: dict[str, Any] | None = None, **receiver: Any
) -> str:
    """A file: OTLP in, all signals through `processors` to all `exporters`; its path."""
    line = {"receivers": ["otlp"], "processors": list(processors or {}), "exporters": list(exporters)}
    whole = {
        "receivers": {"otlp": {**RECEIVER, **receiver}},
        "processors": processors or {},
        "exporters": exporters,
        "service": {
            "pipelines": dict.fromkeys(SIGNALS, line),
            "telemetry": {"metrics": {"level": "none"}, "logs": {"level": "info"}},
        },
    }
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(whole))
    return str(path)


def ports(collector: CollectorProcess) -> tuple[int, int]:
    """gRPC and HTTP ports of a ready collector."""
    found = [collector.logged("listening", protocol=protocol)["port"] for protocol in ("grpc", "http")]
    return found[0], found[1]
