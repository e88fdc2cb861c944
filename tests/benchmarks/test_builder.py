"""The benchmark of the builder measures what it says."""

import sys

import pytest

from benchmarks.builder.measure import FailedError, measured
from benchmarks.builder.world import made
from penstock_builder.steps import open_workspace


def test_a_made_up_workspace_has_as_many_components_as_it_says(tmp_path):
    workspace = open_workspace(made(tmp_path, 7) / "builder-manifest.yaml")
    assert [one.name for one in workspace.resolution.registrations] == [f"p{number}" for number in range(7)]
    assert workspace.resolution.wants == ()


def test_every_round_is_prepared_and_the_best_counts(tmp_path):
    prepared = []
    cost = measured([sys.executable, "-c", ""], tmp_path, rounds=3, before=lambda: prepared.append(1))
    assert (len(prepared), cost.wall > 0, cost.cpu > 0) == (3, True, True)


def test_a_command_that_fails_is_not_measured(tmp_path):
    with pytest.raises(FailedError, match="no such thing"):
        measured([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path, rounds=1)
