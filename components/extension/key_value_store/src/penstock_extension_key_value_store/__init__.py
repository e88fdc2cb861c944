"""Keeps bytes by key for other components, in memory or in a SQLite file."""

from penstock_extension_key_value_store.config import KeyValueStoreConfig
from penstock_extension_key_value_store.factory import factory

__all__ = ("KeyValueStoreConfig", "factory")
