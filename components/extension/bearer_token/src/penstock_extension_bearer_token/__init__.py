"""Bearer tokens for exporters to send, and for receivers to check."""

from penstock_extension_bearer_token.config import BearerTokenConfig
from penstock_extension_bearer_token.factory import factory

__all__ = ("BearerTokenConfig", "factory")
