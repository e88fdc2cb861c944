"""Runs a dataflow engine inside the collector, and gives it a place on the collector's command line."""

from penstock_extension_engine.command import command
from penstock_extension_engine.config import EngineConfig
from penstock_extension_engine.factory import factory

__all__ = ("EngineConfig", "command", "factory")
