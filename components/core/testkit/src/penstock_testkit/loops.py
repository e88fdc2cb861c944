"""Tests on both event loops: asyncio's own and uvloop's.

A `conftest.py` imports `pytest_asyncio_loop_factories` from here, which pytest-asyncio asks for loops; a
module whose tests run on both says `BOTH_LOOPS = True`.
"""

import asyncio
from collections.abc import Callable, Mapping

import pytest

__all__ = ("pytest_asyncio_loop_factories",)

_Make = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(item: pytest.Function) -> Mapping[str, _Make]:
    """The loops that the tests of a module run on."""
    own: _Make = asyncio.new_event_loop
    if getattr(item.module, "BOTH_LOOPS", False):
        return {"asyncio": own, "uvloop": _uvloop}
    return {"asyncio": own}


def _uvloop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - it is optional
    except ImportError:
        pytest.skip("uvloop is not installed")
    made: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return made
