"""Sends traces, metrics and logs to outputs of their own."""

from penstock_processor_type_router.config import AdmissionPolicy, TypeRouterConfig
from penstock_processor_type_router.factory import factory

__all__ = ("AdmissionPolicy", "TypeRouterConfig", "factory")
