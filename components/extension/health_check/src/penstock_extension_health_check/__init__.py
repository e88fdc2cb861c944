"""Answers over HTTP whether the collector is up, for load balancers and orchestrators."""

from penstock_extension_health_check.config import HealthCheckConfig
from penstock_extension_health_check.factory import factory

__all__ = ("HealthCheckConfig", "factory")
