import os
import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks.cases import Case, Load, Out, Protocol, Shape
from benchmarks.measure import measure
from benchmarks.processes import BenchmarkError, backend, generator, running
from benchmarks.subjects import PENSTOCK, Launch


def case(protocol, out, *, spans=3, secure=False):
    shape = Shape(connections=2, in_flight=2)
    return Case(load=Load(protocol, spans, secure), out=out, shape=shape, requests=20)


@pytest.mark.parametrize("protocol", Protocol)
def test_the_backend_counts_what_the_generator_sends(protocol):
    with backend() as sink, generator(case(protocol, Out.DROPPED), Launch((), sink.ports), 20) as requests:
        outcome = requests.send()
        received = sink.await_spans(60, patience=5)

    assert (outcome.accepted, outcome.refused) == (20, 0)
    assert (received.requests, received.spans, received.size) == (20, 60, outcome.size)


def test_a_generator_that_cannot_connect_says_so():
    with generator(case(Protocol.HTTP, Out.DROPPED), Launch((), {Protocol.HTTP: 1}), 1) as requests:
        outcome = requests.send()

    assert (outcome.accepted, "Connect call failed" in outcome.error) == (0, True)


def test_a_server_that_ends_at_once_is_an_error_with_what_it_said(tmp_path):
    launch = Launch((sys.executable, "-c", "print('no such flag')"), {Protocol.GRPC: 1})

    with (
        pytest.raises(BenchmarkError, match="the server did not start: no such flag"),
        running(launch, tmp_path),
    ):
        pass


@pytest.mark.parametrize("out", [Out.DROPPED, Out.DECODED, Out.GRPC, Out.BATCH_HTTP])
def test_a_measurement_of_penstock_counts_what_it_sent(out):
    with backend() as sink:
        sample = measure(PENSTOCK, case(Protocol.GRPC, out), sink)

    assert sample.problem == ""
    assert 0 < sample.idle_memory <= sample.peak_memory
    assert sample.cpu > 0


@pytest.mark.parametrize("protocol", Protocol)
def test_a_measurement_of_penstock_can_be_over_tls(protocol):
    with backend() as sink:
        assert measure(PENSTOCK, case(protocol, Out.DROPPED, secure=True), sink).problem == ""


def test_a_measurement_of_workers_counts_what_was_delivered():
    with backend() as sink:
        sample = measure(PENSTOCK, replace(case(Protocol.GRPC, Out.BATCH_GRPC), workers=2), sink)

    assert sample.problem == ""


@pytest.mark.parametrize("out", Out)
def test_every_configuration_of_penstock_is_a_valid_one(tmp_path, out):
    launch = PENSTOCK.launch(case(Protocol.HTTP, out, secure=True), dict.fromkeys(Protocol, 4317), tmp_path)
    command = [*launch.command[:-1], "validate", launch.command[-1]]
    environment = os.environ | {"PYTHONPATH": launch.path}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)

    assert run.stderr == ""
