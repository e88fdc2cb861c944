"""`print-config`: the configuration as the collector understands it."""

import json

import click

from penstock_api import ConfigError
from penstock_collector.commands.options import Collector, Given, source_options
from penstock_collector.graph import check_graph
from penstock_collector.writing import escaped, shown_config, to_yaml

__all__ = ("command",)


@click.command("print-config", help="Print the configuration with every default filled in.")
@source_options
@click.option(
    "form", "--format", default="yaml", metavar="yaml|json", show_default=True, help="How it is written."
)
@click.option(
    "--mode",
    default="redacted",
    metavar="redacted|unredacted",
    show_default=True,
    help="Whether secrets are hidden.",
)
@click.option("--validate/--no-validate", default=True, show_default=True, help="Check the graph too.")
@click.pass_obj
def command(collector: Collector, *, given: Given, form: str, mode: str, validate: bool) -> None:
    """Print the typed configuration."""
    if mode not in {"redacted", "unredacted"}:
        raise ConfigError.single(f'invalid mode "{mode}": modes are: redacted, unredacted')
    if form not in {"yaml", "json"}:
        raise ConfigError.single(f"unrecognized print format: {form}")
    loaded = collector.loader(given)()
    if validate:
        check_graph(loaded)
    shown = escaped(shown_config(loaded, unredacted=mode == "unredacted"))
    click.echo(
        to_yaml(shown) if form == "yaml" else json.dumps(shown, indent=2, ensure_ascii=False) + "\n", nl=False
    )
