"""Keeps the garbage collector from going through what lives as long as the run: modules, collected tests."""

import gc


def pytest_collection_finish() -> None:
    """Only what tests make is looked at from here on: with all the rest, each full collection takes long."""
    gc.collect()
    gc.freeze()
