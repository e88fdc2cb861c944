"""The HTTP interface of a running engine: what it shows, and what it changes."""

from penstock_dataflow.admin.document import document
from penstock_dataflow.admin.server import AdminServer

__all__ = ("AdminServer", "document")
