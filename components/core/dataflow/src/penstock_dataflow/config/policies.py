"""Policies: which of those written at the top, in the group and in the pipeline hold for the pipeline."""

from typing import Any, Final, TypeVar  # Any: values that are not checked yet

from penstock_api import Config, decode
from penstock_api.yaml import Path
from penstock_dataflow.config.reader import Reader

__all__ = ("ChannelCapacity", "read_policies")

_LATER: Final = ("health", "resources", "runtime_recovery", "telemetry", "transport_headers")
_CAPACITY: Final = "channel_capacity"

C = TypeVar("C", bound=Config)


class ChannelCapacity(Config):
    """`policies.channel_capacity`: how much may wait."""

    pdata: int = 128
    """Batches that wait in front of a node, or in the queue of a connection."""


def read_policies(reader: Reader, value: Any, path: Path) -> ChannelCapacity | None:
    """The families set under the `policies` at `path`; None for one that is not set there.

    The nearest scope that sets a family gives all of it: nothing is merged.
    """
    found = reader.mapping(value, path, known=(_CAPACITY,), later=_LATER)
    if _CAPACITY not in found:
        return None
    below = (*path, _CAPACITY)
    plain = reader.mapping(found[_CAPACITY], below, known=("pdata",), later=("control",))
    capacity = reader.attempt(lambda: decode(ChannelCapacity, plain, below))
    if capacity is not None and capacity.pdata < 1:
        reader.problem((*below, "pdata"), f"must be at least 1: {capacity.pdata}")
    return capacity
