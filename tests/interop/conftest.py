"""What several of these tests need."""

from collections.abc import Iterator

import pytest

from .ends import free_port


@pytest.fixture
def port() -> Iterator[str]:
    """Of a backend that comes and goes."""
    with free_port() as found:
        yield found
