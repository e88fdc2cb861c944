# ruff: noqa: T201 - a demo prints
"""What `make demo` runs: one manifest in, one wheel out, and the wheel carries real telemetry.

Exits 0 only if every item that the OpenTelemetry SDK sent was received, shown and written.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from penstock_testkit.process import CollectorProcess
from penstock_testkit.sdk import PROTOCOLS, send

Json = dict[str, Any]  # Any: OTLP/JSON as it was read
ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
ITEMS = 20
"""Spans, points and records sent over each protocol."""


def main() -> int:
    """Run the demo; the exit code."""
    began = time.monotonic()
    say("1. Is what is committed current? (penstock check)")
    run(BIN / "penstock", "check")
    say("2. Build the wheel from the locked versions (penstock build)")
    run(BIN / "penstock", "build")
    wheel = newest(ROOT / "dist")
    with tempfile.TemporaryDirectory(prefix="pencol-demo-") as folder:
        home = Path(folder)
        say(f"3. Install it into a fresh environment, {home}")
        command = install(wheel, home)
        run(command, "--version")
        say("4. Start it with the sample configuration, and send telemetry with the OpenTelemetry SDK")
        missing = carry(command, home)
    if missing:
        say(f"FAILED: {missing}")
        return 1
    say(f"All items were received and written, in {time.monotonic() - began:.0f} s.")
    print(f"The wheel: {wheel.relative_to(ROOT)}\nTry next:")
    print(f"  pip install {wheel.relative_to(ROOT)} && pencol --config distributions/pencol/config.yaml")
    print("  .venv/bin/penstock generate --help    # then change builder-manifest.yaml and build your own")
    return 0


def carry(command: Path, home: Path) -> str:
    """Start the collector, send, stop, compare; says what is missing, nothing when all is well."""
    output = home / "telemetry.jsonl"
    config = ROOT / "distributions/pencol/config.yaml"
    sets = (
        "receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0",
        "receivers.otlp.protocols.http.endpoint=127.0.0.1:0",
        "extensions.health_check.endpoint=127.0.0.1:0",
        "extensions.zpages.endpoint=127.0.0.1:0",
        "service.telemetry.metrics.level=none",
        f"exporters.file.path={output}",
    )
    arguments = [str(command), "--config", str(config), *(part for one in sets for part in ("--set", one))]
    with CollectorProcess(arguments) as collector:
        collector.ready()
        for protocol in PROTOCOLS:
            port = collector.logged("listening", protocol=protocol)["port"]
            send(protocol, port, ITEMS)
            print(
                f"   sent {ITEMS} spans, {ITEMS} points, {ITEMS} log records over {protocol} to port {port}"
            )
        code = collector.stop()
        shown = Counter(debug_items(collector))
    say("5. What arrived at the debug exporter, and in the file")
    written = Counter(file_items(output))
    expected = {signal: ITEMS * len(PROTOCOLS) for signal in ("traces", "metrics", "logs")}
    for signal, items in expected.items():
        print(f"   {signal:8} sent {items:4}   debug {shown[signal]:4}   file {written[signal]:4}")
    wrong = [
        signal for signal, items in expected.items() if (shown[signal], written[signal]) != (items, items)
    ]
    if wrong:
        return f"not every item arrived: {', '.join(wrong)}"
    return f"the collector ended with exit code {code}" if code else ""


def debug_items(collector: CollectorProcess) -> Iterator[str]:
    """One signal per item that the debug exporter logged."""
    words = {"traces": "spans", "metrics": "metric points", "logs": "log records"}
    for record in collector.records:
        for signal, word in words.items():
            if record.get("otelcol.component.id") == "debug" and word in record:
                yield from [signal] * int(record[word])


def file_items(path: Path) -> Iterator[str]:
    """One signal per item in a file of OTLP/JSON lines."""
    for line in path.read_text().splitlines():
        for spans in _inner(json.loads(line), "resourceSpans", "scopeSpans", "spans"):
            yield from ["traces"] * bool(spans)
        for metric in _inner(json.loads(line), "resourceMetrics", "scopeMetrics", "metrics"):
            data = next(
                value for key, value in metric.items() if isinstance(value, dict) and "dataPoints" in value
            )
            yield from ["metrics"] * len(data["dataPoints"])
        for record in _inner(json.loads(line), "resourceLogs", "scopeLogs", "logRecords"):
            yield from ["logs"] * bool(record)


def _inner(request: Json, outer: str, middle: str, items: str) -> Iterator[Json]:
    for resource in request.get(outer, ()):
        for scope in resource.get(middle, ()):
            yield from scope.get(items, ())


def install(wheel: Path, home: Path) -> Path:
    """Install the wheel, with its dependencies at the locked versions; the path of its command."""
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, home / "venv")
    python = home / "venv/bin/python"
    locked = ROOT / "distributions/pencol/requirements.lock"
    run(BIN / "uv", "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", locked)
    run(BIN / "uv", "pip", "install", "--quiet", "--python", python, "--no-deps", wheel)
    return home / "venv/bin/pencol"


def newest(folder: Path) -> Path:
    """The wheel built last."""
    return max(folder.glob("pencol-*.whl"), key=lambda path: path.stat().st_mtime_ns)


def run(*command: object) -> None:
    """Run a command in the repository; end the demo with its exit code when it fails."""
    words: Sequence[str] = [str(word) for word in command]
    print("   $", " ".join([Path(words[0]).name, *words[1:]]), flush=True)
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"}, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def say(text: str) -> None:
    """A heading."""
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
