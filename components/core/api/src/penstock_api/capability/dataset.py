"""Rows of reference data by key, to enrich and route by."""

from collections.abc import Mapping
from typing import Final, Protocol, TypeAlias

from penstock_api.capability.key import CapabilityKey, define

__all__ = ("DATASET_LOOKUP", "Dataset", "DatasetLookup", "Row")

Row: TypeAlias = Mapping[str, str | int | float | bool | None]
"""One row: values by column."""

Dataset: TypeAlias = Mapping[str, Row]
"""All rows by key; never changed: a reload makes a new one."""


class DatasetLookup(Protocol):
    """Reads a dataset that may be loaded anew while it is used."""

    def get(self, key: str) -> Row | None:
        """The row of `key`, or None. No I/O, no waiting."""
        ...

    def snapshot(self) -> Dataset:
        """The whole dataset as it is now, for look-ups that must agree with each other."""
        ...


DATASET_LOOKUP: Final[CapabilityKey[DatasetLookup]] = define(
    "dataset_lookup", DatasetLookup, "Finds rows of reference data by key."
)
