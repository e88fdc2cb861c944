"""Sends each resource's telemetry to the output that an attribute names."""

from penstock_processor_content_router.config import ContentRouterConfig, RoutingKey
from penstock_processor_content_router.factory import factory

__all__ = ("ContentRouterConfig", "RoutingKey", "factory")
