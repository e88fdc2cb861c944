"""Makes telemetry, to try a configuration or to load it."""

from penstock_receiver_traffic_generator.config import TrafficConfig, TrafficGeneratorConfig
from penstock_receiver_traffic_generator.factory import factory

__all__ = ("TrafficConfig", "TrafficGeneratorConfig", "factory")
