"""API keys for exporters to send, and for receivers to check."""

from penstock_extension_api_key.config import ApiKeyConfig
from penstock_extension_api_key.factory import factory

__all__ = ("ApiKeyConfig", "factory")
