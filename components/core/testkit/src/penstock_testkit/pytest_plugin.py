"""Fails a test whose components left tasks running, or had one fail unnoticed."""

from collections.abc import Generator

import pytest

from penstock_testkit.tasks import check_none_left, watch

__all__ = ("pytest_runtest_call",)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Look at the tasks when the test function is through and its loop still exists."""
    with watch():
        result = yield
        check_none_left()
        return result
