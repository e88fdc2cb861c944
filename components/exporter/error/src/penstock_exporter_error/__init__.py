"""Refuses every batch, to try what comes before it."""

from penstock_exporter_error.factory import ErrorConfig, factory

__all__ = ("ErrorConfig", "factory")
