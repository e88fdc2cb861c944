import pytest

from penstock_dataflow.config import pending


@pytest.fixture
def obeyed(monkeypatch):
    """Everything that can be read is taken, also what the engine does not obey yet."""
    monkeypatch.setattr(pending, "PENDING", ())
