"""Configuration from files: `--config path`, `${file:path}`."""

from penstock_provider_file.factory import factory

__all__ = ("factory",)
