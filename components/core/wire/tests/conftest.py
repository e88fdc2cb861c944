"""Tests over sockets run on both event loops."""

from penstock_testkit.loops import pytest_asyncio_loop_factories

__all__ = ("pytest_asyncio_loop_factories",)
