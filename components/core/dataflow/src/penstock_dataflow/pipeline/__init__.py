"""One copy of one pipeline: its nodes, its connections and its own extensions, running."""

from penstock_dataflow.pipeline.copy import InlineCopy
from penstock_dataflow.pipeline.pressure import MemoryPressure
from penstock_dataflow.pipeline.scope import host_of, resolved_extensions, resolved_nodes
from penstock_dataflow.pipeline.surroundings import Service, Surroundings

__all__ = (
    "InlineCopy",
    "MemoryPressure",
    "Service",
    "Surroundings",
    "host_of",
    "resolved_extensions",
    "resolved_nodes",
)
