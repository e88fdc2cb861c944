"""Passes telemetry of one pipeline on to others, unchanged."""

from penstock_connector_forward.factory import ForwardConfig, factory

__all__ = ("ForwardConfig", "factory")
