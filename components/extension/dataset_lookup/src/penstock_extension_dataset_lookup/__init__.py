"""Rows of reference data by key, from CSV, Parquet or SQLite."""

from penstock_extension_dataset_lookup.config import DatasetLookupConfig
from penstock_extension_dataset_lookup.factory import factory

__all__ = ("DatasetLookupConfig", "factory")
