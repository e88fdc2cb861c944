"""`otel_dataflow/v1`, read strictly: all mistakes of a file in one report, each with its line."""

from penstock_dataflow.config.load import VERSION, Source, load, read
from penstock_dataflow.config.reader import Reader, nearest
from penstock_dataflow.config.types import (
    Connection,
    DataflowConfig,
    Dispatch,
    NodeConfig,
    PipelineConfig,
    Port,
)

__all__ = (
    "VERSION",
    "Connection",
    "DataflowConfig",
    "Dispatch",
    "NodeConfig",
    "PipelineConfig",
    "Port",
    "Reader",
    "Source",
    "load",
    "nearest",
    "read",
)
