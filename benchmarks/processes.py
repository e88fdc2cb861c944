"""Starts servers, the backend and the generator, and ends them: each by its own process id."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.cases import Case, Protocol
from benchmarks.load import Outcome
from benchmarks.sink import Received
from benchmarks.subjects import Launch, Ports

__all__ = ("Backend", "BenchmarkError", "Generator", "backend", "generator", "running")

_START_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 10.0
_LOAD_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.02
_TABLE: Final = Path("/proc/net/tcp")
_READY: Final = "ready"
_ROOT: Final = Path(__file__).parents[1]


class BenchmarkError(Exception):
    """A process did not do its part."""


@contextlib.contextmanager
def running(launch: Launch, folder: Path) -> Iterator[int]:
    """The server of `launch`, listening; yields its process id. Its output goes into `folder`."""
    output = folder / "output"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            launch.command,
            cwd=folder,
            env=_environment(launch.path),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
        try:
            _await_listening(process, launch, output)
            yield process.pid
        finally:
            _end(process)


def _environment(path: str) -> dict[str, str]:
    """Ours, in which modules are compiled once and not at every start, as those of an installed wheel are."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | ({"PYTHONPATH": path} if path else {})


def _await_listening(process: "subprocess.Popen[bytes]", launch: Launch, output: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    for port in launch.ports.values():
        while _listeners(port) < launch.servers:
            if process.poll() is not None or time.monotonic() > until:
                said = output.read_text(errors="replace")[-2000:]
                raise BenchmarkError(f"the server did not start: {said}")
            time.sleep(_POLL_SECONDS)


def _listeners(port: int) -> int:
    """How many sockets listen on `port`; processes that share it have one each."""
    return len(re.findall(rf"^ *\d+: \w+:{port:04X} \w+:0000 0A ", _TABLE.read_text(), re.MULTILINE))


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Backend:
    """The backend's process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        ports = json.loads(self._line())
        self.ports: Ports = {protocol: ports[protocol] for protocol in Protocol}

    def received(self) -> Received:
        """What has arrived up to now."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Received(**json.loads(self._line()))

    def await_spans(self, spans: int, patience: float) -> Received:
        """Wait for that many spans since the start, for as long as more come within `patience` seconds."""
        received, until = self.received(), time.monotonic() + patience
        while received.spans < spans and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
            before, received = received, self.received()
            if received.spans > before.spans:
                until = time.monotonic() + patience
        return received

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchmarkError("the backend has ended")
        return line


@contextlib.contextmanager
def backend() -> Iterator[Backend]:
    """A backend, listening."""
    command = (sys.executable, "-m", "benchmarks.sink")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=_ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield Backend(process)  # leaving the block closes its input, which ends it


class Generator:
    """The generator's process, connected."""

    def __init__(self, process: "subprocess.Popen[str]", first: str) -> None:
        self._process = process
        self._first = first

    def send(self) -> Outcome:
        """Have it send, and wait for the outcome. Raises `BenchmarkError` when it fails."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = self._first
        if line.strip() == _READY:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise BenchmarkError("the generator failed")
        return Outcome(**json.loads(line))


@contextlib.contextmanager
def generator(case: Case, launch: Launch, requests: int) -> Iterator[Generator]:
    """A generator of `requests` requests, its connections made."""
    load, shape = case.load, case.shape
    command = [
        *(sys.executable, "-m", "benchmarks.load", load.protocol, launch.address(load.protocol)),
        *(f"--spans={load.spans}", f"--requests={requests}", f"--timeout={_LOAD_SECONDS}"),
        *(f"--connections={shape.connections}", f"--in-flight={shape.in_flight}"),
    ]
    if launch.papers is not None:
        command.append(f"--authority={launch.papers.authority}")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=_ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield Generator(
            process, process.stdout.readline()
        )  # leaving the block closes its input, which ends it
