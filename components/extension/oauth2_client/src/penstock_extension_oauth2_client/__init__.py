"""Bearer tokens from an OAuth 2 server, renewed in time."""

from penstock_extension_oauth2_client.config import Oauth2ClientConfig
from penstock_extension_oauth2_client.factory import factory

__all__ = ("Oauth2ClientConfig", "factory")
