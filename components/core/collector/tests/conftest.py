"""Fixtures of the configuration's tests."""

import pytest

from .written import Shell


@pytest.fixture
def shell(capsys, tmp_path):
    return Shell(capsys, tmp_path)
