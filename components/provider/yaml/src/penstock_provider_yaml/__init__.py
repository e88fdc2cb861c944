"""Configuration written in the location itself: `--config 'yaml:exporters::debug::verbosity: detailed'`."""

from penstock_provider_yaml.factory import factory

__all__ = ("factory",)
