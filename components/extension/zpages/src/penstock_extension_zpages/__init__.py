"""Pages that show a running collector from inside: its pipelines, extensions, components and metrics."""

from penstock_extension_zpages.config import ZPagesConfig
from penstock_extension_zpages.factory import factory

__all__ = ("ZPagesConfig", "factory")
