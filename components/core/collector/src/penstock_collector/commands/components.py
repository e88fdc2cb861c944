"""`components`: what this collector carries."""

from typing import Any

import click

from penstock_api import (
    BuildInfo,
    Components,
    ConfigError,
    ConnectorFactory,
    ExtensionFactory,
    Registered,
    RouterFactory,
    Signal,
    TelemetryFactory,
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
    for section in (*_SECTIONS, *(("telemetry",) if components.telemetry else ())):
        entries = [_entry(section, one) for one in getattr(components, section)]
        shown[section] = sorted(entries, key=lambda entry: str(next(iter(entry.values()))))
    return shown


def _entry(section: str, one: Registered[Any]) -> dict[str, object]:  # Any: a factory of any kind
    entry: dict[str, object] = {
        "scheme" if section == "providers" else "name": one.name,
        "module": f"{one.project} {one.version}",
    }
    try:
        stability = _stability(one.factory)
    except ConfigError as error:
        return {**entry, "error": str(error)}
    return entry if section == "providers" else {**entry, "stability": stability}


def _stability(factory: Any) -> dict[str, str]:  # Any: a factory of any kind
    if isinstance(factory, ConnectorFactory):
        keys = [f"{one}_to_{two}" for one, two in factory.pairs()]
    elif isinstance(factory, ExtensionFactory):
        keys = ["extension"]
    elif isinstance(factory, TelemetryFactory):
        keys = ["telemetry"]
    elif isinstance(factory, RouterFactory):
        keys = list(Signal)
    else:
        keys = [signal for signal in Signal if getattr(factory, f"create_{signal}", None) is not None]
    levels = getattr(factory, "stability", {})
    shown = {str(key).replace("_", "-"): levels.get(key, "undefined") for key in sorted(keys)}
    return {key: str(level).capitalize() for key, level in shown.items()}
