"""The words of a manifest's sections, and the component kind each of them holds."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ("CONFIGURED", "KINDS", "TELEMETRY")

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "receivers": "receiver",
        "processors": "processor",
        "exporters": "exporter",
        "connectors": "connector",
        "extensions": "extension",
        "providers": "provider",
        "converters": "converter",
    }
)
"""Section -> kind, in the order of `penstock_api.Components`."""

TELEMETRY = "telemetry"
"""The kind of what passes the collector's own telemetry on: a manifest names at most one, and no section."""

CONFIGURED = ("receivers", "processors", "exporters", "connectors", "extensions")
"""The sections that a collector's own YAML has too."""
