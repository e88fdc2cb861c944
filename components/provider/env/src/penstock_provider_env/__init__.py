"""Configuration from environment variables: `${env:NAME}`, `${NAME}`, `${env:NAME:-default}`."""

from penstock_provider_env.factory import factory

__all__ = ("factory",)
