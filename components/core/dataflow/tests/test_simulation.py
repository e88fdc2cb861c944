"""A thousand engines with random graphs, nodes, failures, changes and ends: every item is accounted for."""

import gc
import logging

import pytest

from .simulation import simulate

SEEDS, PART = 1000, 100


@pytest.fixture(autouse=True)
def _quick():
    """Engines leave cycles behind: they are collected once, and what they log is for nobody."""
    logger = logging.getLogger("penstock.simulation")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    gc.disable()
    yield
    gc.enable()
    gc.collect()
    logger.setLevel(level)


@pytest.mark.parametrize("first", range(0, SEEDS, PART))
def test_every_item_has_an_outcome_that_is_true_and_no_stop_is_late(first):
    found = {seed: problems for seed in range(first, first + PART) if (problems := simulate(seed))}
    assert found == {}, f"seeds: {sorted(found)}"
