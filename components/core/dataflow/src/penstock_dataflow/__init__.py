"""The dataflow engine: a graph of named nodes and explicit connections, from `otel_dataflow/v1` YAML."""

from penstock_dataflow.catalog import Catalog, CatalogEntry, ExtensionEntry, catalog
from penstock_dataflow.config import VERSION, DataflowConfig, Source, Text, load, source
from penstock_dataflow.dataflow import Dataflow
from penstock_dataflow.mermaid import mermaid
from penstock_dataflow.overrides import override
from penstock_dataflow.process import run
from penstock_dataflow.resolve import validate
from penstock_dataflow.shown import shown
from penstock_dataflow.urn import ExtensionUrn, NodeUrn, UrnError

__all__ = (
    "VERSION",
    "Catalog",
    "CatalogEntry",
    "Dataflow",
    "DataflowConfig",
    "ExtensionEntry",
    "ExtensionUrn",
    "NodeUrn",
    "Source",
    "Text",
    "UrnError",
    "catalog",
    "load",
    "mermaid",
    "override",
    "run",
    "shown",
    "source",
    "validate",
)
