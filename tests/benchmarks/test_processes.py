import subprocess
import sys

import pytest

from benchmarks.cases import Case, Load, Out, Protocol
from benchmarks.load import Shape
from benchmarks.processes import BenchmarkError, backend, generate, running
from benchmarks.subjects import PENSTOCK, Launch

SHAPE = Shape(connections=2, in_flight=2)


@pytest.mark.parametrize("protocol", Protocol)
def test_the_backend_counts_what_the_generator_sends(protocol):
    with backend() as sink:
        outcome = generate(Load(protocol, 3), f"127.0.0.1:{sink.ports[protocol]}", 20, SHAPE)
        received = sink.await_spans(60, patience=5)

    assert (outcome.accepted, outcome.refused) == (20, 0)
    assert (received.requests, received.spans) == (20, 60)


def test_a_server_that_ends_at_once_is_an_error_with_what_it_said(tmp_path):
    launch = Launch((sys.executable, "-c", "print('no such flag')"), {Protocol.GRPC: 1})

    with (
        pytest.raises(BenchmarkError, match="the server did not start: no such flag"),
        running(launch, tmp_path),
    ):
        pass


def test_penstock_is_started_on_the_ports_that_the_launch_names(tmp_path):
    case = Case(Load(Protocol.HTTP, 1), Out.NOP)
    launch = PENSTOCK.launch(case, dict.fromkeys(Protocol, 1), tmp_path)

    with running(launch, tmp_path):
        outcome = generate(case.load, launch.address(Protocol.HTTP), 5, SHAPE)

    assert (outcome.accepted, outcome.error) == (5, "")


@pytest.mark.parametrize("out", Out)
def test_every_configuration_of_penstock_is_a_valid_one(tmp_path, out):
    launch = PENSTOCK.launch(Case(Load(Protocol.HTTP, 1), out), dict.fromkeys(Protocol, 4317), tmp_path)
    command = [*launch.command[:-1], "validate", launch.command[-1]]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == ""
