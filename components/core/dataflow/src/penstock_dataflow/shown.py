"""A configuration as it may be shown to anybody: what is declared to be secret is hidden."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias  # Any: a configuration as YAML holds it

from penstock_api import Components, Config, ConfigError, Registered, decode
from penstock_api.config import values_of
from penstock_api.config.model import plain
from penstock_api.yaml import Path
from penstock_dataflow.config import DataflowConfig, ExtensionConfig, NodeConfig
from penstock_dataflow.extensions import declared, extension_types
from penstock_dataflow.registry import find
from penstock_dataflow.resolve import node_types

__all__ = ("shown",)

_HIDDEN: Final = "[REDACTED]"
_Entry: TypeAlias = NodeConfig | ExtensionConfig


def shown(config: DataflowConfig, components: Components) -> dict[str, Any]:  # Any: as above
    """A copy of what was read, variables filled in; `config` itself keeps its secrets.

    What is secret follows from the config types of the components. A config whose type is not known is
    hidden whole.
    """
    whole: dict[str, Any] = plain(config.document.value)  # Any: as above
    for entry, registered in _entries(config, components):
        if entry.config is not None:
            _put(whole, (*entry.path, "config"), _hidden(entry, registered))
    if whole.get("engine") is not None:
        whole["engine"] = values_of(config.engine, only_set=True)
    return whole


def _entries(
    config: DataflowConfig, components: Components
) -> Iterator[tuple[_Entry, Registered[Any] | None]]:  # Any: components of any kind
    nodes, extensions = node_types(components), extension_types(components)
    for extension in declared(config):
        yield extension, find(extensions, extension.urn)
    for pipeline in config.pipelines:
        for node in (*pipeline.nodes.values(), *pipeline.unconnected.values()):
            yield node, find(nodes, node.urn)


def _hidden(entry: _Entry, registered: Registered[Any] | None) -> object:  # Any: as above
    if registered is None:
        return _HIDDEN
    try:
        model: type[Config] = registered.factory.config
        return values_of(decode(model, entry.config), only_set=True)
    except ConfigError:
        return _HIDDEN


def _put(whole: Any, path: Path, value: object) -> None:  # Any: as above
    for key in path[:-1]:
        whole = whole[key]
    whole[path[-1]] = value
