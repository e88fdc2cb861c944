"""Gives each batch to several outputs, with fall-backs."""

from penstock_processor_fanout.config import DestinationConfig, FanoutConfig
from penstock_processor_fanout.factory import factory

__all__ = ("DestinationConfig", "FanoutConfig", "factory")
