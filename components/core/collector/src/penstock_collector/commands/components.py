"""`components`: what this collector carries."""

from typing import Any

import click

from penstock_api import (
    BuildInfo,
    Components,
    ConnectorFactory,
    ExtensionFactory,
    ProviderFactory,
    Registered,
    Signal,
)
from penstock_collector.commands.options import Collector
from penstock_collector.writing import to_yaml

__all__ = ("command", "listing")

_SECTIONS = ("receivers", "processors", "exporters", "connectors", "extensions", "providers", "converters")


@click.command("components", help="List the components of this collector, as YAML.")
@click.pass_obj
def command(collector: Collector) -> None:
    """Print the list."""
    click.echo(to_yaml(listing(collector.build, collector.components())), nl=False)


def listing(build: BuildInfo, components: Components) -> dict[str, object]:
    """What the command shows, sorted by name."""
    shown: dict[str, object] = {
        "buildinfo": {"command": build.command, "description": build.description, "version": build.version}
    }
    for section in _SECTIONS:
        entries = [_entry(one) for one in getattr(components, section)]
        shown[section] = sorted(entries, key=lambda entry: str(next(iter(entry.values()))))
    return shown


def _entry(one: Registered[Any]) -> dict[str, object]:  # Any: a factory of any kind
    module = f"{one.project} {one.version}"
    if isinstance(one.factory, ProviderFactory):
        return {"scheme": one.factory.scheme, "module": module}
    return {"name": getattr(one.factory, "kind", ""), "module": module, "stability": _stability(one.factory)}


def _stability(factory: Any) -> dict[str, str]:  # Any: a factory of any kind
    if isinstance(factory, ConnectorFactory):
        keys = [f"{one}-to-{two}" for one, two in factory.pairs()]
    elif isinstance(factory, ExtensionFactory):
        keys = ["extension"]
    else:
        keys = [signal for signal in Signal if getattr(factory, f"create_{signal}", None) is not None]
    levels = getattr(factory, "stability", {})
    return {str(key): str(levels.get(key, "undefined")).capitalize() for key in sorted(keys)}
