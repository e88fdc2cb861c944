"""One measurement: a fresh server, a warm-up, the load, and what it cost."""

import re
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.cases import Case
from benchmarks.load import Outcome
from benchmarks.processes import Backend, generator, running
from benchmarks.sink import Received
from benchmarks.subjects import Launch, Subject
from benchmarks.usage import cpu_seconds, peak_memory, resident_memory

__all__ = ("Sample", "measure")

_PATIENCE: Final = 3.0
_MILLION: Final = 1_000_000
_ACCEPTED: Final = re.compile(
    r"^otelcol_receiver_accepted_spans(?:_total)?\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one server needed for one load. `problem` says why it does not count."""

    cpu: float
    """CPU seconds per million spans, of the server alone."""
    rate: float
    """Spans per second that went through, with generator and backend on the same machine."""
    generator_cpu: float
    """CPU seconds per million spans, of the generator."""
    idle_memory: int
    """Bytes resident before the first request."""
    peak_memory: int
    """Bytes resident at most."""
    problem: str = ""


def measure(subject: Subject, case: Case, backend: Backend) -> Sample:
    """Run `case` on a fresh server of `subject`. Raises `BenchmarkError` when a process fails."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as name:
        folder = Path(name)
        launch = subject.launch(case, backend.ports, folder)
        with running(launch, folder) as pid:
            return _loaded(pid, launch, case, subject, backend)


def _loaded(pid: int, launch: Launch, case: Case, subject: Subject, backend: Backend) -> Sample:
    idle, spans = resident_memory(pid), case.requests * case.load.spans
    warm_up = max(1, case.requests // 20)
    _warm(launch, case, warm_up, backend)
    with generator(case, launch, case.requests) as requests:
        start, before = backend.received(), cpu_seconds(pid)
        outcome = requests.send()
        received = backend.await_spans(start.spans + spans, _PATIENCE) if case.out.delivers else start
        used, peak = cpu_seconds(pid) - before, peak_memory(pid)
    arrived = Received(spans=received.spans - start.spans, size=received.size - start.size)
    problem = _refused(outcome, case) or (
        _undelivered(arrived, spans, outcome.size if subject.keeps_bytes else 0)
        if case.out.delivers
        else _uncounted(launch, spans + warm_up * case.load.spans)
    )
    return Sample(
        cpu=used / spans * _MILLION,
        rate=spans / outcome.seconds if outcome.seconds else 0.0,
        generator_cpu=outcome.cpu_seconds / spans * _MILLION,
        idle_memory=idle,
        peak_memory=peak,
        problem=problem,
    )


def _warm(launch: Launch, case: Case, requests: int, backend: Backend) -> None:
    expected = backend.received().spans + requests * case.load.spans
    with generator(case, launch, requests) as some:
        some.send()
    if case.out.delivers:
        backend.await_spans(expected, _PATIENCE)


def _refused(outcome: Outcome, case: Case) -> str:
    if outcome.accepted == case.requests:
        return ""
    return f"{outcome.accepted} of {case.requests} requests accepted: {outcome.error}"


def _undelivered(arrived: Received, spans: int, size: int) -> str:
    """What is wrong with what arrived; a `size` of 0 is not looked at."""
    if arrived.spans != spans:
        return f"{arrived.spans} of {spans} spans delivered"
    return f"{arrived.size} bytes delivered of {size}" if size not in (0, arrived.size) else ""


def _uncounted(launch: Launch, spans: int) -> str:
    """What is wrong with the server's own count; not all have one."""
    if not launch.metrics_port:
        return ""
    with urllib.request.urlopen(f"http://127.0.0.1:{launch.metrics_port}/metrics", timeout=5) as page:
        text = page.read().decode()
    counted = int(sum(float(value) for value in _ACCEPTED.findall(text)))
    return f"{counted} of {spans} spans counted" if counted != spans else ""
