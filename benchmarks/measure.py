"""One measurement: a fresh server, a warm-up, the load, and what it cost."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.cases import Case, Out, Protocol
from benchmarks.load import Shape
from benchmarks.processes import Backend, generate, running
from benchmarks.subjects import Subject
from benchmarks.usage import cpu_seconds, peak_memory, resident_memory

__all__ = ("Effort", "Sample", "measure")

_PATIENCE: Final = 3.0
_MILLION: Final = 1_000_000
_EIGHT: Final = Shape(connections=8, in_flight=1)
_EIGHT_BY_FOUR: Final = Shape(connections=8, in_flight=4)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is sent: requests of many spans, requests of one span, and how they are spread."""

    requests: int = 4000
    single_requests: int = 10_000
    grpc: Shape = _EIGHT_BY_FOUR
    http: Shape = _EIGHT

    def requests_of(self, case: Case) -> int:
        """How many requests `case` is measured with."""
        return self.single_requests if case.load.spans == 1 else self.requests

    def shape_of(self, case: Case) -> Shape:
        """How they are spread."""
        return self.grpc if case.load.protocol is Protocol.GRPC else self.http


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


def measure(subject: Subject, case: Case, effort: Effort, backend: Backend) -> Sample:
    """Run `case` on a fresh server of `subject`. Raises `BenchmarkError` when a process fails."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as name:
        folder = Path(name)
        launch = subject.launch(case, backend.ports, folder)
        with running(launch, folder) as pid:
            return _loaded(pid, launch.address(case.load.protocol), case, effort, backend)


def _loaded(pid: int, address: str, case: Case, effort: Effort, backend: Backend) -> Sample:
    requests, shape = effort.requests_of(case), effort.shape_of(case)
    idle = resident_memory(pid)
    warm_up = max(1, requests // 20)
    expected = backend.received().spans + warm_up * case.load.spans
    generate(case.load, address, warm_up, shape)
    if case.out is not Out.NOP:
        backend.await_spans(expected, _PATIENCE)
    spans = requests * case.load.spans
    start, before = backend.received().spans, cpu_seconds(pid)
    outcome = generate(case.load, address, requests, shape)
    arrived = spans
    if case.out is not Out.NOP:
        arrived = backend.await_spans(start + spans, _PATIENCE).spans - start
    used = cpu_seconds(pid) - before
    return Sample(
        cpu=used / spans * _MILLION,
        rate=spans / outcome.seconds,
        generator_cpu=outcome.cpu_seconds / spans * _MILLION,
        idle_memory=idle,
        peak_memory=peak_memory(pid),
        problem=_problem(outcome.accepted, requests, outcome.error, arrived, spans),
    )


def _problem(accepted: int, requests: int, error: str, arrived: int, spans: int) -> str:
    if accepted != requests:
        return f"{accepted} of {requests} requests accepted: {error}"
    if arrived != spans:
        return f"{arrived} of {spans} spans delivered"
    return ""
