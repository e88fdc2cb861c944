"""User names and passwords for exporters to send, and for receivers to check."""

from penstock_extension_basic_auth.config import BasicAuthConfig
from penstock_extension_basic_auth.factory import factory

__all__ = ("BasicAuthConfig", "factory")
